"""Whole calls, made up: `words` renders what happens as an Asterisk of some version tells it, `plots` makes the calls.

Each plot knows its verdict by construction, and which events an Asterisk may tell in another order; the test draws one
order of them. Nothing here reads the tracker's code, nor does the tracker know of plots.
"""
