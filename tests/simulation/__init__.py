"""Whole days of callbacks from a seed, in simulated time: see README.md."""
