"""The ledger's SQL: numbered migrations and files of named queries (see `telephony.postgres`).

Numbers of migrations by room: ledger 0001-0099, recording 0100-0199, callback 0200-0299, voice, promises and calendar
0300-0399. A migration that landed is never edited: the runner refuses an edited file. ``crm_bridge`` reads the ledger
through the views of the schema ``published`` only; what is in them is a promise, the tables are not.
"""
