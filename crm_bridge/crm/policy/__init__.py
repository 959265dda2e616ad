"""What a CRM is to hold: which message, which follow-up, whose, in which words. Pure."""
