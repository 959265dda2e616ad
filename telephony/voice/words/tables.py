"""Tables of words."""


def words(text: str) -> tuple[str, ...]:
    """Cut a line of words: long tables are easier to read without quotes."""
    return tuple(text.split())
