"""Surveys by phone: some weeks after a purchase, or a first talk, a customer is asked four questions by the voice.

Callbacks always go first, and a customer is rung twice at most. A survey goes through this room once::

    the ledger's first talks ─▶ planner ─▶ row "planned" ─▶ dialler ──Originate──▶ customer's phone
    a sale, a person's order ──▶ orders ──────▲                │ written first       │ picked up
                                                               ▼                     ▼ FastAGI "survey"
                                          row "ringing" ───▶ "talking" ◀── talk ◀── telephony/voice ──▶ row "over"

* `policy/` (pure) decides: who is asked on which day, whether somebody may be rung now, what a try that failed means.
* An attempt is written before the phone rings, and what is not known afterwards is no reason to ring again.
* `talk` is what the conversation asks and tells; each answer is written as it comes, so a hang-up loses nothing.
* Nothing is recorded before the customer pressed 1; key 9 is kept for ever (`survey_refusals`).

Off by default: `[survey]`. docs/surveys.md is the operator's view.
"""
