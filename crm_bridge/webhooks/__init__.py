"""Telling any HTTP server what happened, in the format of Standard Webhooks.

`signing` makes the three headers, `guard` decides which addresses we may speak to, `target` sends. The body is::

    {"type": "call.ended", "timestamp": "2026-11-21T20:15:03.123456Z", "version": "1", "data": {...}}

and `webhook-id` is the same for every try of one message, so that the receiver can drop what it already has.
"""
