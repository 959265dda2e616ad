"""Ninety days of a small company's life, made in seconds: what the ledger would hold had it run since then.

Rows are made from one seed (pure: ``historian``) and copied into the tables (``copying``); nothing goes through
Asterisk. People work from Monday to Saturday, callers come in the mornings and after lunch, some are missed, most of
those are rung back in time.
"""
