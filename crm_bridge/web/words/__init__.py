"""What the console says, in each language: one catalogue of typed texts, cut by page. Pure.

A text stands here once, with all its languages beside each other, so nobody can add one and forget the others.
`crm_bridge.web.words.catalogue` puts the pieces together; templates ask it by a text's key.
"""
