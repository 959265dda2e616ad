"""Cases: unhappy customers, from the reason why to what was changed so that it does not happen again.

A *reason* opens a case or is added to the one that the customer has: there is one open case a customer. Whoever knows
of a reason (a rule of `rules.sql` that the keeper asks, a review, a survey) calls `book.CaseBook.open` in its own
transaction; the same thing is a reason once, however often it is told, and does not open a closed case again.

The owner is the customer's manager, or the heads of sales where there is none. The first action is wanted within
working minutes (`[cases] first_action_minutes`); a talk with the customer is one. When they are up the heads are told.
A case is closed with its cause and with what was done; what was changed in the company's ways is a field of its own.

`lifecycle` (pure) has the states as a table. `keeper` asks the rules, sees talks, escalates, and lets callbacks of
customers who are unhappy, new or have bought go first.
"""
