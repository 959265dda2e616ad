"""What customers said when they were asked by phone: the list, the funnel, the score that a company is known by.

Telephony makes the surveys (`published.surveys`); this room reads them for the API and the console. `nps` (pure)
reckons the Net Promoter Score with its band; `reader` reads the rows, `sounds` sends what was said aloud; the API's
operations are `crm_bridge.api.surveys`.
"""
