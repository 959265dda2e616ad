"""AMI: from bytes on a socket to typed channel events, and from actions to bytes.

`parser` cuts bytes into messages and knows nothing of their meaning. `messages` (with `headers_of`, `legacy`, `times`)
is the only place that knows AMI's event and header names, of Asterisk 1.4 to 22, and makes `telephony.channel_events`
of them. `link` is the only importer of panoramisk: login, watchdog, reconnect, resync. `actions` sends. Data walks
forward: bytes, message, channel event.
"""
