"""Conversations on the phone: pure.

A *dialog* is the pure state machine; its *port* is whom it asks. `telephony.voice.runners` play them on the wire.
"""
