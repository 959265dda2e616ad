"""The parts of the daemon that take more than a line to make: each is built whole, then started by the application."""
