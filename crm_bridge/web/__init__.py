"""The console's pages, served by the daemon."""
