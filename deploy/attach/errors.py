"""What can go wrong while attaching; the text says what to do."""

from telephony.errors import RingbackError


class AttachError(RingbackError):
    """Attaching cannot go on; nothing more was written than what the journal has."""
