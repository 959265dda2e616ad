"""What the console says of customers: the unhappy, the new, and those whose calls were lost."""
