"""Sentences to sound files: recorded prompts first, then speech by a command."""
