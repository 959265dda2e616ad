"""Captures that people send: raw AMI, JSON of AMI headers, CEL's CSV; read as the same typed events as a live PBX's.

People send what they have: compressed or not, saved by an editor as UTF-16, cut off at either end, one JSON object a
line or all in a list or a list inside something. What is obvious is accepted; what cannot be read is a `CaptureError`
that names the file, the line and the cure.

`files` tells the formats apart and reads all three, `json_text` is the JSON; `model` has the words.
"""
