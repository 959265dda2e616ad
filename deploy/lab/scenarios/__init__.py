"""Conversations played by `world` on the real PBX, and the truth of each.

A scenario is one coroutine function: it tells the telephones what to do, lets the calls happen, and returns what was
really played - written down from what the world did, never from what a tracker made of it. Its name is the file name of
its transcript, its docstring the sentence that a test prints. `catalogue` has them all.
"""
