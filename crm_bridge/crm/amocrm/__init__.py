"""amoCRM and Kommo, over API v4.

What happens here becomes, there: a call in the feed of the caller's card (amoCRM itself chooses contact, lead or
customer by the last ten digits); for a caller whom nobody knows a lead and a contact with an owner, or an incoming lead
among the unsorted; a task with its deadline for a missed call; a task for the owner when somebody else answered; the
recording's link in the call, which amoCRM's player plays; the callback's result in the task.

The trap: a call whose number amoCRM finds on no card is *not added*, and the answer may be HTTP 200 all the same. Then
the call is written as a note on the contact that we found or made ourselves.

Nothing is made twice: calls carry our call id as ``uniq``, tasks carry a mark in their text; after a lost answer both
are looked for first.
"""
