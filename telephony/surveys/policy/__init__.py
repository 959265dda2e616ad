"""Decisions about surveys, without I/O: time is an argument."""
