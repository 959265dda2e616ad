"""Who works in the lab's small company, and under which numbers. Values only; the dialplan is in ``pbx/``."""

from dataclasses import dataclass
from enum import StrEnum

TRUNK = "carrier"
"""The trunk's PJSIP endpoint on `pbx`: its channels are ``PJSIP/carrier-*``."""
TRUNK_GLOB = f"PJSIP/{TRUNK}-*"
TRUNK_CONTEXT = "from-trunk"


@dataclass(frozen=True, slots=True)
class Employee:
    """A person with a telephone on the PBX."""

    extension: str
    name: str
    mobile: str
    language: str


EMPLOYEES = (
    Employee("101", "Иван Петренко", "+380501110101", "ru"),
    Employee("102", "Olena Shevchenko", "+380501110102", "uk"),
    Employee("103", "Марія Коваль", "+380501110103", "uk"),
    Employee("104", "Peter O'Neil", "+380501110104", "en"),
    Employee("105", "Андрей Сидоренко", "+380501110105", "ru"),
    Employee("106", "Ганна Бондар", "+380501110106", "uk"),
)
BY_EXTENSION = {employee.extension: employee for employee in EMPLOYEES}


class Did(StrEnum):
    """The company's own numbers on the trunk, each with its way through the PBX."""

    IVAN = "+380442000101"
    """Rings 101."""
    OLENA = "+380442000102"
    """Rings 102."""
    GROUP = "+380442000600"
    """Rings 101, 102 and 103 at once."""
    QUEUE = "+380442000601"
    """A queue that rings 101, 102 and 103 at once, with music, until the caller gives up."""
    QUEUE_TURNS = "+380442000602"
    """A queue that rings 101 and 102 in turn, two seconds each."""
    QUEUE_SHORT = "+380442000603"
    """A queue that lets nobody wait for more than three seconds."""
    QUEUE_SMALL = "+380442000604"
    """A queue with room for one waiting caller."""
    QUEUE_EMPTY = "+380442000605"
    """A queue without members, which may not be joined."""
    QUEUE_LOCAL = "+380442000606"
    """A queue whose members are Local channels, as FreePBX makes them."""
    MENU = "+380442000610"
    """A menu: 1 rings 101, 2 the group, 3 the queue."""
    VOICEMAIL = "+380442000620"
    """The mailbox of 104 answers at once."""
    ANNOUNCEMENT = "+380442000621"
    """An announcement is played, then the line is closed."""
    VOICEMAIL_AFTER = "+380442000622"
    """Rings 104; when nobody answers, the mailbox does."""
    FORWARDED = "+380442000630"
    """Rings 105, who has forwarded all calls to 106."""
    FORWARDED_MOBILE = "+380442000631"
    """Rings the forwarded-to mobile of 104, through the trunk."""
    FOLLOW_ME = "+380442000640"
    """Finds 103 wherever she is: desk and mobile, each behind a Local channel."""
    FOLLOW_APP = "+380442000641"
    """The same by Asterisk's FollowMe: who answers must press 1."""
    LOCAL_CHAIN = "+380442000642"
    """Reaches 101 through a chain of three Local channels."""
    RECORDED = "+380442000650"
    """Rings 101; the dialplan itself records, as FreePBX does."""
    FREEPBX_GROUP = "+380442000660"
    """A ring group in FreePBX's manner: recorded, tones to the caller, then 101 and 102 ring."""
    FREEPBX_FOLLOW = "+380442000661"
    """A follow-me in FreePBX's manner: desk and mobile of 103 behind Local channels; the mobile must press 1."""
    FREEPBX_NOWHERE = "+380442000662"
    """A number that no inbound route takes: FreePBX says so and hangs up."""
    LOAD = "+380442000690"
    """Rings one agent who answers at once: for call load (`deploy.lab.load`)."""
    SCRATCH = "+380442000699"
    """Goes to the context ``scratch``, which a test may write (``lab.pbx.add_dialplan``)."""


GROUP = "600"
CONFERENCE = "8000"
PARK = "700"
PICKUP = "*8"
"""Answers a phone that rings in one's own group; with an extension after it, that one's."""
BLIND_KEYS = "##"
ATTENDED_KEYS = "*2"
THREE_WAY_KEYS = "*3"
MAIN_NUMBER = "+380442000600"
"""What the company shows when it calls out."""
