"""What Asterisk includes: templates that `ringback dialplan` fills in. README.md is the contract with the daemon."""
