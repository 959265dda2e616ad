"""What can go wrong with recordings; the class says what to do next."""

from telephony.errors import NotReady, Refused, RingbackError


class NotRecording(Refused):
    """The call is not in progress, or nothing records it: there is nothing to pause, resume or stop."""

    error_id = "not-recording"


class OutsideShared(Refused):
    """The PBX named a file that is in none of the shared folders: it is never opened."""

    error_id = "outside-shared"


class FileGone(RingbackError):
    """The file is not there (any more)."""

    error_id = "file-gone"


class Unreadable(RingbackError):
    """ffmpeg cannot read the file: it is damaged, empty or no sound."""

    error_id = "unreadable"


class ConverterMissing(NotReady):
    """There is no ffmpeg that can write the format: install ffmpeg, or name one in recording.ffmpeg."""

    error_id = "converter-missing"


class ConverterTimedOut(NotReady):
    """The conversion took longer than recording.convert_seconds: it was ended and will be tried again."""

    error_id = "converter-timed-out"


class FolderTrouble(NotReady):
    """The recording folder cannot be written, or its disk is full: give it room and rights."""

    error_id = "folder-trouble"
