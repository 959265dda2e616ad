"""The lab's errors; the text says what to do."""


class LabError(Exception):
    """The lab cannot do what was asked."""


class ProgramsMissing(LabError):
    """There is no Asterisk on this machine and none could be unpacked."""


class InstanceFailed(LabError):
    """An Asterisk of the lab did not start, or died."""


class ActionFailed(LabError):
    """An Asterisk of the lab refused an AMI action or closed the link."""


class LegGone(LabError):
    """The leg hung up while its script was still running: the normal end of most scripts."""
