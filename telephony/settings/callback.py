"""Settings of ringing back, and of what may be dialled at all."""

from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, Field

from telephony.settings.fields import Seconds, Section

DndState = Annotated[
    str,
    Field(
        pattern=r"^(Custom:[A-Za-z0-9_.+@-]*(\{extension\}[A-Za-z0-9_.+@-]*)?"
        r"|DB\([A-Za-z0-9_.+@-]+/[A-Za-z0-9_.+@-]*(\{extension\}[A-Za-z0-9_.+@-]*)?\))$",
        max_length=80,
    ),
]
"""``Custom:DND{extension}``, ``DB(DND/{extension})``."""


class WakingHours(Section):
    """When customers whose numbers begin with ``prefix`` may be rung."""

    prefix: str = Field(pattern=r"^\+?[0-9]*$", description="Its numbers in E.164: `+380`; empty is all.")
    hours: str = Field("08:00-21:00", description="When they are awake, in OSM opening_hours syntax.")
    timezone: str = Field("", description="Their IANA zone; empty is the zone of `hours.timezone`.")


class CallbackSettings(Section):
    """Ringing back the customers we missed."""

    enabled: bool = Field(default=True, description="False: misses are counted and kept, nobody is rung.")
    delay_seconds: Seconds = Field(0, description="From the miss to the first ring.")
    ring_seconds: Seconds = Field(25, gt=0, description="How long a manager's phone rings.")
    deputy_after_seconds: Seconds = Field(75, description="Working seconds after the miss: the deputy's turn.")
    group_after_seconds: Seconds = Field(150, description="Then the whole group's, all at once.")
    head_after_seconds: Seconds = Field(240, description="Then the head of sales'; the last to ring before 5:00.")
    target_seconds: Seconds = Field(300, gt=0, description="Working seconds within which a manager's phone must ring.")
    again_seconds: Seconds = Field(60, gt=0, description="Until somebody busy or not answering is rung again.")
    next_round_seconds: tuple[Seconds, ...] = Field(
        (60, 300, 900), min_length=1, description="Nobody accepted on the whole ladder: it begins anew after so long."
    )
    later_seconds: Seconds = Field(900, gt=0, description="What key 2 means.")
    customer_ring_seconds: Seconds = Field(45, gt=0, description="How long the customer's phone rings.")
    customer_attempts: int = Field(3, ge=1, description="So many unanswered dials of a customer, then it is given up.")
    attempt_spacing_seconds: tuple[Seconds, ...] = Field(
        (300, 900, 1800), min_length=1, description="From an unanswered dial to the next; the last one repeats."
    )
    reached_seconds: Seconds = Field(5, description="A talk of so long reached the customer.")
    life_days: float = Field(30, gt=0, description="A request is given up after so long, whatever happened.")
    stale_seconds: Seconds = Field(3600, description="Late by more (an outage): it waits for a manager's word.")
    default_group: str = Field("sales", description="The directory's group that serves customers without a manager.")
    head_of_sales: str = Field("", description="The last on the ladder: a manager's id in the directory.")
    owner_lookup_seconds: Seconds = Field(2, gt=0, description="How long we wait to be told whose customer it is.")
    own_numbers: tuple[str, ...] = Field((), description="Our own DIDs: never called back.")
    do_not_call: tuple[str, ...] = Field((), description="Numbers never called back, beside the directory's marks.")
    waking_hours: tuple[WakingHours, ...] = Field((), description="Customers' waking hours; the longest prefix wins.")
    originates_per_minute: int = Field(30, ge=1, description="So many callbacks a minute on one trunk.")
    keep_free_managers: int = Field(0, ge=0, description="Callbacks leave so many managers free for live callers.")
    dnd_states: tuple[DndState, ...] = Field(
        ("Custom:DND{extension}", "DB(DND/{extension})"),
        description="Device states, and keys of the PBX's own database, by which it tells that a phone is not to be "
        "disturbed; its manager is away. FreePBX's.",
    )
    ring_mobiles: bool = Field(default=True, description="Ring the mobile of a manager whose phone is off.")
    number_form: Literal["heard", "e164", "digits", "national"] = Field(
        "heard", description="How a customer's number is dialled: as the trunk told it, +380..., 380..., 067...."
    )
    number_prefix: str = Field("", pattern=r"^[0-9]{0,8}$", description="Dialled before the customer's number.")
    poll_seconds: Seconds = Field(5, gt=0, description="How often the engine looks by itself; news wake it at once.")


def _countries(countries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no country that numbers are known of."""
    for country in countries:
        if country != "*" and country not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"{country[:20]!r} is no country: write ISO 3166 codes like UA, or * for all")
    return countries


class TollSettings(Section):
    """What may be dialled outside, and how much of it: for callbacks, keyed numbers, clicks, CRMs and the API alike."""

    countries: Annotated[tuple[str, ...], AfterValidator(_countries)] = Field(
        (),
        description='ISO 3166 codes of the countries that are called; empty: that of `numbers.region`; `["*"]`: all.',
    )
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")], ...] = Field(
        (),
        description="Beginnings of numbers that are called besides: `+4822`, `+8816` (satellites), `1234` (our own).",
    )
    never_prefixes: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")], ...] = Field(
        (), description="Beginnings of numbers that are never called, whatever else allows them."
    )
    refused_kinds: tuple[
        Literal[
            "premium_rate",
            "shared_cost",
            "uan",
            "personal_number",
            "pager",
            "voicemail",
            "voip",
            "toll_free",
        ],
        ...,
    ] = Field(
        ("premium_rate", "shared_cost", "uan", "personal_number", "pager", "voicemail"),
        description="Kinds of numbers that are not called, in any country.",
    )
    least_ring_seconds: Seconds = Field(
        2.0, le=60, description="Who hangs up sooner is not called back: a ring of half a second is bait."
    )
    range_digits: int = Field(
        8, ge=1, le=14, description="So many first digits, with the country's code, are one range of numbers."
    )
    range_day_cap: int = Field(
        100, ge=1, description="The most calls to one range within 24 hours; then they are held."
    )
    day_cap: int = Field(3000, ge=1, description="The most calls outside within 24 hours; then they are held.")
