"""HubSpot, over its CRM objects API with a private application's token or OAuth.

What happens here becomes, there: a call on the caller's contact, with outcome, length and our side's owner; for a
caller whom nobody knows a contact with a lifecycle stage and an owner; a task with its deadline for a missed call; a
task for the owner when somebody else answered; the recording's link on the call; the callback's result in the task.

Nothing is made twice: calls carry our call id as their external id, tasks a mark in their text; after a lost answer
both are searched for first. HubSpot's search lags behind by some seconds, so does the outbox before it tries again.
"""
