"""Bitrix24, over its REST API: by an inbound webhook's address, or as a local application with OAuth.

A call is registered once, when the first phone rings (so that the card opens for whoever it rings), and finished once,
when it is over. Registering again within 30 minutes with the same EXTERNAL_CALL_ID gives the same CALL_ID, which is
what makes a repeated message harmless; finishing again is harmless, too. An unknown caller's lead is made by Bitrix24
itself (CRM_CREATE) when a rule asks for one.

What a webhook may do differs by what one reads: the vendor's documents say that registering wants an application,
integrations in the field do it by webhook. We try, and if Bitrix24 answers WRONG_AUTH_TYPE we say so plainly.
"""
