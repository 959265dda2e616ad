"""Telephones of the lab's world: a leg, the scripts that people follow, and the wire to Asterisk."""
