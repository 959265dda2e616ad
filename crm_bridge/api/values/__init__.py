"""What the API reads and writes besides bodies: cursors, keys' scopes, ranges, rates, sheets, signed links. Pure."""
