"""Who serves whom: managers, customers, and the answer to "whose customer is this?".

The directory is small and local: it works when the CRM does not. `model` has the words, `csv_import` reads what an
operator exports from a spreadsheet, `store` keeps it in PostgreSQL and answers the port `assigned_manager`. A CRM will
answer the same port later; the directory stays the answer of last resort.
"""
