"""FastAGI: the wire, the server and what is played on it."""
