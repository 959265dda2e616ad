"""What may go wrong while we speak; the class says what to do next, the docstring is the message."""

from telephony.errors import NotReady, PacketError, Refused, RingbackError


class CallerGone(RingbackError):
    """The listener hung up, or Asterisk closed the connection: the conversation is over."""

    error_id = "caller-gone"


class AgiSilent(NotReady):
    """Asterisk did not answer an AGI command in time: the connection is given up."""

    error_id = "agi-silent"


class AgiRefused(Refused):
    """Asterisk does not know an AGI command or its syntax; the text holds its usage."""

    error_id = "agi-refused"


class AgiPacketError(PacketError):
    """What came over the AGI connection is not AGI, or is too long: the connection is closed."""

    error_id = "agi-packet"


class SpeechFailed(NotReady):
    """The TTS command failed, hung or gave no usable sound: see its message, or set `voice.tts_command`."""

    error_id = "speech-failed"


class DialplanError(RingbackError):
    """The dialplan cannot be written with these settings: the text names the setting."""

    error_id = "dialplan"
