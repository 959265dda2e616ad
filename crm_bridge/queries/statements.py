"""The named SQL of everything that the API reads and writes beside the call log itself."""

from pathlib import Path
from typing import Final, NamedTuple

from telephony.postgres.queries import load

_SQL: Final = Path(__file__).parent


class NoteSql(NamedTuple):
    """The queries of notes.sql."""

    call_times: str
    comment: str
    uncomment: str
    tag: str
    untag: str
    result: str
    no_result: str
    comments: str
    last_comments: str
    any: str
    tags: str
    result_of: str
    merge_comments: str
    merge_tags: str
    merge_result: str
    forget: str
    restart: str
    forget_comments: str


class CallbackViewSql(NamedTuple):
    """The queries of callbacks.sql."""

    list_requests: str
    list_urgent: str
    one: str
    filter_before: str
    filter_behind: str
    filter_target: str
    filter_fate: str
    filter_closed_for: str
    filter_group: str
    filter_why_not: str
    filter_ring_from: str
    filter_ring_to: str
    filter_manager: str
    filter_waits_for: str
    filter_open: str
    filter_closed: str
    filter_state: str
    filter_customer: str
    filter_owner: str
    filter_since: str
    filter_until: str
    of_call: str


class RecordingViewSql(NamedTuple):
    """The queries of recordings.sql."""

    of_call: str
    call_verdict: str
    one: str
    file: str
    peaks: str
    goes_on: str
    begin: str
    listenings: str
    make_secret: str
    ready: str
    tell_live: str
    secret: str
    call_known: str


class DirectorySql(NamedTuple):
    """The queries of directory.sql."""

    managers: str
    customers: str
    customer: str
    do_not_call: str
    manager_known: str


class DeliverySql(NamedTuple):
    """The queries of deliveries.sql."""

    list_messages: str
    filter_before: str
    filter_target: str
    filter_key: str
    filter_state: str
    filter_undelivered: str
    one: str
    tries: str
    targets: str
    pause: str
    replay_target: str


class BoardSql(NamedTuple):
    """The queries of board.sql."""

    list_promises: str
    list_promises_newest: str
    filter_promise_behind: str
    filter_promise_before: str
    filter_promise_open: str
    filter_promise_settled: str
    filter_verdict: str
    filter_slot_of: str
    filter_promise_request: str
    filter_promised_since: str
    filter_promised_until: str
    list_alarms: str
    filter_alarm_before: str
    filter_alarm_open: str
    filter_alarm_cleared: str
    filter_cause: str
    filter_alarm_call: str
    one_alarm: str
    list_messages: str
    filter_message_before: str
    filter_message_call: str
    filter_message_request: str
    filter_message_owner: str
    message_file: str
    message_heard_on: str
    message_heard: str
    message_listenings: str


class PrivacyViewSql(NamedTuple):
    """The queries of privacy.sql."""

    customer: str
    calls: str
    legs: str
    transfers: str
    recordings: str
    callbacks: str
    callback_history: str
    comments: str
    tags: str
    results: str
    listenings: str
    deeds: str
    transcripts: str
    reviews: str
    caller_messages: str
    surveys: str
    survey_answers: str
    survey_refusals: str
    cases: str
    case_reasons: str
    case_history: str
    nudges: str
    messages: str
    crm_links: str
    absorbed: str
    copy_links: str
    crm_settle: str
    crm_keep: str
    on_the_way: str
    crm_work: str
    crm_copies: str
    forget_links: str
    forget_answers: str
    forget_deeds: str
    blank_messages: str
    blank_deliveries: str
    holds: str
    log: str
    leftovers: str
    erased: str


NOTES: Final = load(_SQL / "notes.sql", NoteSql)
CALLBACKS: Final = load(_SQL / "callbacks.sql", CallbackViewSql)
RECORDINGS: Final = load(_SQL / "recordings.sql", RecordingViewSql)
DIRECTORY: Final = load(_SQL / "directory.sql", DirectorySql)
DELIVERIES: Final = load(_SQL / "deliveries.sql", DeliverySql)
BOARD: Final = load(_SQL / "board.sql", BoardSql)
PRIVACY: Final = load(_SQL / "privacy.sql", PrivacyViewSql)
