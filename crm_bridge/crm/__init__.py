"""The company's CRM: who a caller is, and a card, a call, a lead and a task there for each thing that happens here.

One folder a CRM. Each has ``mapping`` (pure: our events and values to their requests and back) and ``client`` (HTTP:
their way of signing in, their limits, their errors as ours). What all share is here:

* `sync`: what a CRM is told of a call, in which order; `parts`: what is refused takes nothing with it; `waiting`: what
  belongs to a call waits for it;
* `errors`: their failures as outbox answers: throttled is a snooze, broken is a retry, refused is for a person;
* `links`: what their things are called, so that a message which is sent twice makes nothing twice;
* `policy` (pure): rules, follow-ups, texts, whose a call is; `transport`: HTTP, limits, tokens;
* `lookup`: who is calling, with a cache and a deadline, never in a call's way.

An adapter is an outbox target: it hears of calls in order, one call at a time, and may take as long as it must. Only
the lookup is asked while somebody's phone rings.
"""
