"""Recording: an answered call has a good recording, or an alarm that says why not.

Theory of operation. Asterisk writes the sound (MixMonitor), we decide, watch, keep and check::

    dialplan/recording.conf ──MixMonitor──▶ file on the PBX ◀──MixMonitor by AMI── recorder ◀─ plan (pure)
                                              │                                      ▲ call events
    ledger hook (in the ledger's transaction) │  segments, and "this call has ended" │
                                              ▼                                      │
    archive: claim the call ▸ find its files ▸ convert ▸ measure ▸ judge ▸ commit ▸ remove the originals

* A **segment** is what one MixMonitor writes on one channel. A call has several after a transfer.
* **Ours** are the files whose name `plan.names` can read (``rb-<uniqueid>-<seconds>-<side>.raw``): two interleaved
  channels, first what Asterisk receives from the channel, then what it sends to it. Every other file that a PBX writes
  is *adopted* as it is, and never doubled: where a foreign MixMonitor runs, ours stops.
* **Sides**: the customer is left, the manager right. Whose channel is recorded is told by the file's name, else by
  the call's trunk; on the manager's channel the two are swapped when converting. A mono file stays mono.
* `plan.policy` says whether a call is wanted, `plan.segment` what to start and stop, `recorder` does it over AMI
  (`mixmonitor`); `active_calls` are those that go on.
* The work after the end is rows: `recorded_call` is the queue (one job a call, ``FOR UPDATE SKIP LOCKED``), a job may
  be killed at any step and is simply done again; an original goes only after its copy is committed.
* `audio` runs ffmpeg on an open file, never on a name that a PBX told; `files` lets nobody out of the shared folders.
* `plan.waveform` and `plan.verdict`: what ffmpeg measured, and what it means.
* `disk_space` stops new recordings when the disk is full, `retention` deletes old ones and writes down what it deleted.
"""
