"""HTTP to a CRM: limits, retries, tokens."""
