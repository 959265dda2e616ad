"""What the company's other systems see of its calls: the API, the outbox, webhooks and the CRMs.

This package uses telephony's published language only (`telephony.model`, `events`, `numbers`, `ports`, `errors`) and
its SQL views; telephony never imports it, so the phones work when a CRM does not.
"""
