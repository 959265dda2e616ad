"""What a CRM is told, of what, and in which order; how one CRM is told is its `Gateway`.

An ended call: whose customer is it (a lead by rule, if nobody's) - the call itself - what it leaves to do. Then the
recording, when it can be played, and what people wrote on it; then what became of the callback. Each thing is made
once, however often its message is sent: ids are kept as soon as they are told, and a try whose answer was lost is
looked for before it is repeated.

* `dispatch`: one message to whoever deals with it, the same for every CRM;
* `call_log`, `call_cards`: how a call comes into a CRM of either form of the contract;
* `tasks`, `notes`, `erasure`: what stands beside a call;
* `parts`: what is refused takes nothing with it; `waiting`: what belongs to a call waits for it.
"""
