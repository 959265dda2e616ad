"""The people who use the console: who asks, who there is, where they are signed in, what they are told."""
