"""The OpenAPI document and the reference, generated from the operations themselves."""
