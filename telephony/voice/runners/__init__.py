"""Dialogs played on the wire: one runner for each kind of conversation."""
