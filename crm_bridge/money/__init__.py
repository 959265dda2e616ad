"""What lost calls cost, by the company's own figures, with a band; never by somebody else's.

``at risk = lost customers x conversion x average order``. The conversion is that of new customers after their first
answered call, the order that of new customers who bought, both of the same half a year that has had its time to sell
(`reader`). `reckoning` (pure, Decimal throughout) has the formulas. Where the data is thin the operator's assumption
stands in (`[money]`), and whoever shows the figure says "assumed".
"""
