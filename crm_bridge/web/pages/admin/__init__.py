"""Pages of who keeps the company and the daemon in order: calendar, health, settings, deliveries, accounts, journal."""
