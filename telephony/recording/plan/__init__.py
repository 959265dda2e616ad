"""What is recorded, under which name, and whether it is good: pure.

`policy` says which calls, `segment` which channel and when, `names` the files, `verdict` and `waveform`
judge the sound.
"""
