"""Transcripts: what was said in a recording, as text, by a program of the company's choice. Off until one is named.

The command gets one side's sound as a WAV file (16 kHz, mono, 16 bit) and writes JSON lines; the customer's and the
manager's sides are heard apart, so who speaks is known. It runs at the lowest priority, within a time and a size, one
recording at a time, never through a shell.

* `lines` (pure): reads what the command wrote.
* `sound`: cuts one side out of a recording and runs the command.
* `keeper`: works off recordings, newest first; a transcript goes with its recording and with its number.
"""
