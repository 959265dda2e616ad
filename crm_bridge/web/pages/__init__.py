"""The pages' handlers."""
