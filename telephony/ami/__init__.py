"""AMI: from bytes on a socket to typed channel events, and from actions to bytes.

`protocol` is pure: its `parser` cuts bytes into messages and knows nothing of their meaning; its `messages` (with
`channel_headers`, `legacy`, `times`) is the only place that knows AMI's event and header names, of Asterisk 1.4 to 22,
and makes `telephony.channel_events` of them. Data walks forward: bytes, message, channel event.

`link` keeps one PBX: login, watchdog, reconnects. Under it, `wire` is one connection and the only importer of
panoramisk's AMI side, `inbound` puts what comes where it belongs, `pending` waits for answers, `protocol.validation`
looks at what goes out, `resync` (with `late_state`) gives what lives on the PBX, at its exact place among the events.
"""
