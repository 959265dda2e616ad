"""One line of AMI to its key and value, remembered: most lines of a busy PBX were said a moment ago, word for word."""

MOST_REMEMBERED = 8192  # lines; about 2 MB
_LONGEST_REMEMBERED = 160
UNSAID = frozenset({"<unknown>", "<Unknown>", "unknown"})
"""How AMI writes that it does not know something; here that is empty text."""


class Lines(dict[bytes, tuple[str, str]]):
    """Lines to key and value, remembered.

    Looking one up costs a tenth of taking it apart. Bounded in lines and in their length, since the peer chooses them.
    """

    def __init__(self) -> None:
        self._keys: dict[bytes, str] = {}

    def __missing__(self, line: bytes) -> tuple[str, str]:
        words, _, rest = line.partition(b": ")
        key = self._keys.get(words)
        if key is None:
            words, colon, rest = line.partition(b":")
            if not colon:
                return "", ""  # no header
            key, rest = self._key(words), rest.removeprefix(b" ")
        value = rest.decode("utf-8", "replace")
        pair = (key, "" if value in UNSAID else value)
        if len(line) <= _LONGEST_REMEMBERED:
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[line] = pair
        return pair

    def _key(self, words: bytes) -> str:
        key = words.decode("utf-8", "replace").strip().lower()
        if len(self._keys) < MOST_REMEMBERED:
            self._keys[words] = key  # never with a colon in it
        return key
