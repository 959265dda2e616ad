"""What ``ringback prompts --cut`` says: which piece of the recording is which line, and what is wrong. Pure."""

from collections.abc import Iterator, Sequence

from telephony.voice.speech.cutting import SpokenPiece
from telephony.voice.speech.fitting import Fit
from telephony.voice.speech.script import ScriptLine

_SHOWN = 60


def report(lines: Sequence[ScriptLine], pieces: Sequence[SpokenPiece], fits: Sequence[Fit], *, taken: bool) -> str:
    """Write it, with what to do if it does not fit.

    Args:
        lines: what was to be read.
        pieces: what was heard.
        fits: how they lie side by side.
        taken: all of it is taken.
    """
    rows = [row for each in fits for row in _rows(lines, pieces, each)]
    if not taken:
        rows += ["", f"{len(lines)} lines, {len(pieces)} pieces: nothing was written. {_cure(lines, fits)}"]
    return "".join(f"{row}\n" for row in rows)


def _rows(lines: Sequence[ScriptLine], pieces: Sequence[SpokenPiece], fit: Fit) -> Iterator[str]:
    where = ", ".join(_place(pieces[index]) for index in fit.pieces)
    numbers = " and ".join(str(lines[index].number) for index in fit.lines)
    text = lines[fit.lines[0]].text[:_SHOWN] if fit.lines else ""
    match len(fit.lines), len(fit.pieces):
        case 1, 1:
            doubt = "   IS IT THIS LINE? Its length is unlikely" if fit.doubted else ""
            yield f"{numbers:>7}  {where}  {text}{doubt}"
        case 1, 0:
            yield f"{numbers:>7}  LACKS              {text}"
        case 0, 1:
            yield f"{'?':>7}  {where}  belongs to no line"
        case 2, 1:
            yield f"{numbers:>7}  {where}  TWO LINES WITHOUT A PAUSE: {text}"
        case _:
            yield f"{numbers:>7}  {where}  A PAUSE WITHIN THE LINE: {text}"


def _place(piece: SpokenPiece) -> str:
    return f"{_clock(piece.begin)}-{_clock(piece.end)}"


def _clock(seconds: float) -> str:
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths / 10:04.1f}"


def _cure(lines: Sequence[ScriptLine], fits: Sequence[Fit]) -> str:
    if all(len(each.lines) == len(each.pieces) == 1 for each in fits):
        return "Listen at those times: if they are right, say so by --sure."
    if all(each.is_well or not each.pieces for each in fits):
        there = _ranges([lines[index].number for each in fits if each.pieces for index in each.lines])
        lacking = _ranges([lines[index].number for each in fits if not each.pieces for index in each.lines])
        return f"Take the others by --lines {there}, and record {lacking} by itself (--lines {lacking})."
    return "Try another --pause, or cut those places out of the recording, or read it again."


def _ranges(numbers: Sequence[int]) -> str:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ",".join("-".join(map(str, each)) for each in found)
