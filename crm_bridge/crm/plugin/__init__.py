"""What whoever adds a CRM builds on: the contract of a `Gateway`, and nothing else of Ringback."""
