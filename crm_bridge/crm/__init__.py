"""The company's CRM: who a caller is, and a card, a call, a lead and a task there for each thing that happens here.

One folder a CRM. Each has ``mapping`` (pure: our events and values to their requests and back), ``client`` (HTTP: their
way of signing in, their limits, their errors as ours) and ``gateway``, which is all that the rest knows of it. What all
share is here:

* `plugin`: the contract of a gateway, for our own CRMs and for a stranger's;
* `sync`: what a CRM is told of a call, in which order, and how often: the one way for all of them;
* `errors`: their failures as outbox answers: throttled is a snooze, broken is a retry, refused is for a person;
* `links`: what their things are called, so that a message which is sent twice makes nothing twice;
* `policy` (pure): rules, follow-ups, texts, whose a call is; `transport`: HTTP, limits, tokens;
* `lookup`: who is calling, with a cache and a deadline, never in a call's way.

A CRM is an outbox target: it hears of calls in order, one call at a time, and may take as long as it must. Only the
lookup is asked while somebody's phone rings.
"""
