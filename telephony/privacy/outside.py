"""What an erasure does not reach, in words for whoever answers for it. Pure."""

from telephony.settings import TelephonySettings


def outside(settings: TelephonySettings) -> tuple[str, ...]:
    """Name it, by the settings as far as they know it."""
    records = [f"{pbx.name}: the PBX's event records (CEL), {pbx.cel_file}" for pbx in settings.pbx if pbx.cel_file]
    return (
        *records,
        "each PBX's own call records (CDR, CEL) and its logs (/var/log/asterisk), until they are rotated away",
        "voicemail that the PBX itself keeps",
        "backups of the database, of recordings and of the PBX",
        "captures (ringback run --capture) and what you exported",
        "what receivers of webhooks and readers of the API kept: receivers of `call.erased` are told",
        "cards, leads and deals in CRMs, and what a CRM refuses to delete: each is named under crm_copies",
    )
