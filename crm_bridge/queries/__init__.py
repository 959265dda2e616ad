"""Read models: named SQL and the rows it gives."""
