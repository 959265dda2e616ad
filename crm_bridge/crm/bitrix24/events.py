"""What Bitrix24 posts to us when somebody clicks on a number there; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

CALL, CALL_BACK = "ONEXTERNALCALLSTART", "ONEXTERNALCALLBACKSTART"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Click:
    """One event; what it does not tell is empty."""

    kind: str
    token: str
    """The application's: by it we know that it is Bitrix24 who speaks."""
    number: str
    user: str
    call_id: str
    """Bitrix24 has registered the call already: it is not to be registered again."""
    line: str


def read(form: Mapping[str, str]) -> Click:
    """Read a posted form: ``event``, ``data[...]`` and ``auth[application_token]``."""

    def told(name: str) -> str:
        return "".join(letter for letter in form.get(name, "")[:_LONGEST] if letter.isprintable())

    return Click(
        kind=told("event").upper(),
        token=told("auth[application_token]"),
        number=told("data[PHONE_NUMBER_INTERNATIONAL]") or told("data[PHONE_NUMBER]"),
        user=told("data[USER_ID]"),
        call_id=told("data[CALL_ID]"),
        line=told("data[LINE_NUMBER]"),
    )
