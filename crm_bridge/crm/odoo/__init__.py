"""Odoo 19 and later, over its JSON-2 API (``POST /json/2/<model>/<method>`` with a bearer key).

What happens here becomes, in Odoo: a note on the caller's open lead or contact for each ended call; a lead for a caller
whom nobody knows; a *Call* activity for the owner when a call was missed; a *To-Do* for the owner when somebody else
answered. Community Odoo has no call log and no pop-up card of its own, so there is no card to show.

Nothing is made twice: each note carries our call id, and before a note is written again it is looked for.
"""
