"""What pages show, worked out from rows: no I/O, now is an argument."""
