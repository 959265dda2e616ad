"""What the recording counts, for /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from telephony.recording.verdict import Verdict


class RecordingMetrics:
    """The recording's counters, their children made once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        verdicts = Counter(
            "ringback_recorded_calls", "Ended calls by their recording's verdict", ["verdict"], registry=registry
        )
        self.verdicts = {verdict: verdicts.labels(verdict.value) for verdict in Verdict}
        self.alarms = Counter("ringback_recording_alarms", "Alarms raised about recordings", registry=registry)
        self.started = Counter("ringback_recordings_started", "Tapes started by the daemon", registry=registry)
        self.failed_starts = Counter(
            "ringback_recordings_start_failed", "Tapes that could not be started", registry=registry
        )
        self.converted_seconds = Counter(
            "ringback_recordings_converted_seconds", "Seconds of sound converted", registry=registry
        )
        self.convert_time = Histogram(
            "ringback_recordings_convert_time_seconds",
            "How long a file's conversion and measuring took",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
            registry=registry,
        )
        self.deleted = Counter("ringback_recordings_deleted", "Recordings deleted", registry=registry)
        self.free_bytes = Gauge("ringback_recordings_disk_free_bytes", "Room on the fullest disk", registry=registry)
        self.room = Gauge("ringback_recordings_room", "1: there is room for new recordings", registry=registry)
