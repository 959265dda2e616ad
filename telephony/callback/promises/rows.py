"""The named queries of promises."""

from pathlib import Path
from typing import NamedTuple

from telephony.postgres.queries import load


class PromiseSql(NamedTuple):
    """The queries of promises.sql."""

    call_of: str
    standing: str
    taken: str
    take: str
    withdraw: str
    accepted: str
    keep_message: str
    settle: str
    overdue: str
    how_many_overdue: str
    next_to_watch: str
    open_between: str


SQL = load(Path(__file__).with_name("promises.sql"), PromiseSql)
