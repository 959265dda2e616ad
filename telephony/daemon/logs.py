"""structlog's set-up: JSON lines for machines, readable lines for a terminal, the same for other people's libraries."""

import json
import logging
import logging.config
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from telephony.daemon.terminal_text import plain, plain_json
from telephony.settings import LogSettings


def set_up(settings: LogSettings, stream: TextIO = sys.stderr) -> None:
    """Send all logs to ``stream``; call once, before the first line is written."""
    as_json = settings.json_lines if settings.json_lines is not None else not stream.isatty()
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info if as_json else _leave,
        _leave if as_json else _made_plain,
    ]
    structlog.configure(
        processors=[*shared, _renderer(as_json=as_json, colors=stream.isatty())],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _route_libraries(shared, _renderer(as_json=as_json, colors=stream.isatty()), max(level, logging.WARNING), stream)


def silence() -> None:
    """Write nothing below an error of the worst kind: for commands that say themselves what they find."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)


def _renderer(*, as_json: bool, colors: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(
        colors=colors, timestamp_key="at", sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )


def _route_libraries(shared: list[Processor], renderer: Processor, level: int, stream: TextIO) -> None:
    """Let asyncio, aiohttp and others, who use the standard library's logging, write the same lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _json(event: Mapping[str, Any], **_options: object) -> str:
    first = {key: event[key] for key in ("at", "level", "event") if key in event}
    return plain_json(json.dumps({**first, **event}, ensure_ascii=False, default=str))


def _leave(_logger: object, _method: str, event: EventDict) -> EventDict:
    return event


def _made_plain(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A caller's name must not steer the administrator's terminal."""
    return {
        key: plain(value) if isinstance(value, str) and key != "exception" else value for key, value in event.items()
    }
