"""The one form of sound that we keep: 8 kHz, mono, 16 bit, as the plainest WAV there is. Pure.

TTS programs write WAV in many dialects (espeak-ng on a pipe does not know its length beforehand). What Asterisk gets is
always written anew here, so it can read it.
"""

import struct
from array import array

RATE = 8000
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM, _MONO, _BITS, _BYTES = 1, 1, 16, 2
_SHORTEST, _LONGEST = 0.1, 120.0
_AUDIBLE = 200
"""A peak below this (of 32767) is silence: something went wrong, whatever the exit code says."""


def read_wav(sound: bytes) -> bytes | None:
    """Return the samples of a WAV that is already in our form; None if it is in any other, or no WAV at all."""
    if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
        return None
    position, ours = 12, False
    while position + _CHUNK.size <= len(sound):
        name, size = _CHUNK.unpack_from(sound, position)
        position += _CHUNK.size
        if name == b"fmt " and position + _FORMAT.size <= len(sound):
            kind, channels, rate, _, _, bits = _FORMAT.unpack_from(sound, position)
            ours = (kind, channels, rate, bits) == (_PCM, _MONO, RATE, _BITS)
        elif name == b"data":
            samples = sound[position : position + size]
            return samples[: len(samples) // _BYTES * _BYTES] if ours else None
        position += size + size % 2
    return None


def write_wav(samples: bytes) -> bytes:
    """Return ``samples`` (16 bit, little endian) as a WAV file."""
    length = len(samples)
    header = _HEADER.pack(
        b"RIFF", length + 36, b"WAVE", b"fmt ", 16, _PCM, _MONO, RATE, RATE * _BYTES, _BYTES, _BITS, b"data", length
    )
    return header + samples


def complaint(samples: bytes) -> str:
    """Return what is wrong with samples that a TTS gave, or nothing if they can be played."""
    seconds = len(samples) / _BYTES / RATE
    if seconds < _SHORTEST:
        return f"only {seconds:.2f} s of sound"
    if seconds > _LONGEST:
        return f"{seconds:.0f} s of sound"
    loudness = array("h", samples[: len(samples) // _BYTES * _BYTES])
    return "" if max(map(abs, (max(loudness), min(loudness)))) >= _AUDIBLE else "only silence"
