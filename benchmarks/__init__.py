"""Speed, measured against peers in one run; never a timed test.

Each module here has ``rows() -> list[Row]`` and runs in a process of its own by ``python -m benchmarks`` (``make
bench``), which writes `results.json` and the table in docs/benchmarks.md.
"""
