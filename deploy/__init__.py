"""What an operator lays beside the daemon: unit files, samples of Asterisk's configuration, and the lab."""
