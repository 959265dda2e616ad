"""What the console says, in each language."""
