"""Speaking with managers and callers over FastAGI.

The dialplan (`dialplan/`) hands a channel to the daemon; a conversation walks through this room once::

    Asterisk ──TCP──▶ agi.server ──one task a connection──▶ runners ──events──▶ dialogs    (pure: what next?)
                      agi.protocol (pure: the wire)         │  ◀──steps──
                                                            ├──▶ *_port    what is known, what was promised (callback)
                                                            └──▶ speech.speaker ──▶ words (pure: phrase to sentence)
                                                                    └──▶ speech.sounds (recorded, cached) ──▶ speech.tts

* There are two: with a manager whose phone we rang (``manager_``), and with a caller while nobody works (``caller_``).
* A *dialog* is a pure state machine: it takes what the listener did (a key, silence, gone) and gives the next
  step. It knows neither sockets nor sentences.
* A *phrase* is a typed value (`MissedCall(name, number, moment, count)`), the same in every language. `words` turns it
  into one whole sentence with right grammar; a sentence becomes one sound file, kept by its text and voice.
* The *runner* does the steps on the wire. It never waits for more than 2 s without a sound: a rendering that is late is
  replaced by a recorded general sentence and Asterisk's own digits.
* Nothing that a customer wrote (a caller's name) reaches a command line, a dialplan variable or an AGI argument.

`dialplan` renders what the PBX includes, `speech.prompts` the files that it plays without us; `service` wires it all.
"""
