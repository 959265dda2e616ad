"""Rows of one call of a made-up past: the call, its legs, its recording, what people wrote of it."""

import random
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.past.model import Past, Sound, Staff
from deploy.demo.past.names import COMMENTS, RESULTS, TAGS


class CallRows:
    """Adds rows to a past; ``pbx`` names the ledger's PBX."""

    def __init__(self, pbx: str, past: Past, rng: random.Random) -> None:
        self._pbx, self._past, self._rng = pbx, past, rng
        self._number = 0

    def call(self, at: datetime, direction: str, customer: str, **others: object) -> str:
        """Add a call; return its id."""
        self._number += 1
        linkedid = f"{at.timestamp():.0f}.{self._number}"
        call_id = f"{self._pbx}:{linkedid}"
        row: dict[str, Any] = {
            "call_id": call_id, "pbx": self._pbx, "linkedid": linkedid, "direction": direction, "kind": "ordinary",
            "caller_number": customer, "caller_name": "", "dialed": "", "trunk": "PJSIP/carrier", "queue": "", "customer": customer,
            "did": "", "manager": "", "started_at": at, "answered_at": None, "ended_at": None, "disposition": "answered",
            "missed_reason": None, "answered_by_number": None, "answered_by_name": None, "answered_by_channel": None,
            "talked_last_number": None, "talked_last_name": None, "talked_last_channel": None, "asked": "",
            "talk": timedelta(), "repaired": self._rng.random() < 0.01, "changed_at": at, "written_at": at,
        }  # fmt: skip
        row.update(others)
        row["changed_at"] = row["ended_at"]
        self._past.add("calls", **row)
        return call_id

    def leg(
        self,
        call_id: str,
        place: int,
        channel: str,
        number: str,
        name: str,
        at: datetime,
        end: datetime,
        *,
        rang: datetime | None,
        answered: datetime | None,
        cause: int,
    ) -> None:
        """Add a leg of a call."""
        self._past.add(
            "legs", call_id=call_id, uniqueid=f"{call_id.partition(':')[2]}{place}", channel=f"{channel}-{self._number:08x}",
            number=number, name=name, started_at=at, rang_at=rang, answered_at=answered, ended_at=end, hangup_cause=cause,
        )  # fmt: skip

    def talker(self, staff: Staff) -> dict[str, str]:
        """Give the columns that name who answered and talked last."""
        channel = f"PJSIP/{staff.extension}-{self._number:08x}"
        words = {"number": staff.extension, "name": staff.name, "channel": channel}
        return {f"{when}_{what}": value for what, value in words.items() for when in ("answered_by", "talked_last")}

    def recorded(self, call_id: str, at: datetime, talk: timedelta, sound: Sound | None) -> None:
        """Add the recording of a talk, if it has one."""
        if sound is None:
            return
        end = at + talk
        self._past.add(
            "recorded_calls", call_id=call_id, pbx=self._pbx, keeping="inbound", wanted=True, answered=True, talk_seconds=talk.total_seconds(),
            uniqueids=[], started_at=at, ended_at=end, stage="done", due_at=end, verdict="good",
        )  # fmt: skip
        self._past.add(
            "recordings", call_id=call_id, pbx=self._pbx, pbx_path=f"/monitor/{call_id}.wav", channel="PJSIP/carrier-1",
            uniqueid=call_id.partition(":")[2], started_at=at, adopted=False, swapped=False, verdict="good", path=sound.path, format="mp3",
            bytes=sound.size, sha256=sound.sha256, seconds=sound.seconds, sides=2, levels=list(sound.levels), voiced=list(sound.voiced),
            peaks=list(sound.peaks), kept_at=end, original_gone=True,
        )  # fmt: skip

    def noted(self, call_id: str, at: datetime, end: datetime, staff: Staff) -> None:
        """Add what people wrote about a call."""
        if self._rng.random() < 0.25:
            self._past.add("call_comments", call_id=call_id, at=end, author=staff.name, text=self._rng.choice(COMMENTS))
        if self._rng.random() < 0.3:
            self._past.add(
                "call_tags", call_id=call_id, tag=self._rng.choice(TAGS), started_at=at, at=end, author=staff.name
            )
        if self._rng.random() < 0.4:
            self._past.add("call_results", call_id=call_id, code=self._rng.choice(RESULTS), at=end, author=staff.name)
