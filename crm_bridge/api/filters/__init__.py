"""What lists are asked for: parameters, and the filters of `queries.sql_builder` that they become."""
