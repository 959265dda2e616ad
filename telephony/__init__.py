"""What Asterisk does, told as calls; what the company owes its callers, done by phone.

Data walks through this package once, forward::

    ami, cel ──channel events──▶ calls.tracker ──call events──▶ calls.pump ──one transaction──▶ PostgreSQL
                                                       │                                          │
                                                       ├──▶ recording                             ▼
                                                       └──▶ live listeners                callback (engine) ──▶ ami

The published language, the only part that other packages may use, is `model` (values), `events` (what happened to a
call), `numbers`, `ports` (what we ask of others) and `errors`. Everything else is a room with a door: read its
``__init__`` first.
"""
