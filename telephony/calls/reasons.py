"""What the log says of an exception: in one line where."""

import traceback


def where(error: BaseException) -> str:
    """The line that raised. A whole traceback, printed prettily, can hold up the loop for seconds: once an event."""
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""


def name(function: object) -> str:
    """The name of a hook or a listener."""
    return str(getattr(function, "__qualname__", type(function).__qualname__))
