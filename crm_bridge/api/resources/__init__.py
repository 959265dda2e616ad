"""What the API serves: one module a resource, each with its operations."""
