"""The sound that is kept is one that Asterisk can read, whatever the TTS wrote."""

import io
import struct
import wave
from array import array

from hypothesis import given
from hypothesis import strategies as st

from telephony.voice.speech.wav import complaint, read_wav, write_wav

TONE = array("h", [5000, -5000] * 4000).tobytes()


def test_what_is_written_is_a_plain_wav_of_8_khz_mono() -> None:
    with wave.open(io.BytesIO(write_wav(TONE))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(10**6) == TONE


def test_our_own_form_is_read_without_conversion_also_with_an_unknown_length() -> None:
    sound = write_wav(TONE)
    assert read_wav(sound) == TONE
    assert read_wav(sound[:40] + struct.pack("<I", 0x7FFFF000) + sound[44:]) == TONE
    assert read_wav(sound[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + sound[12:]) == TONE


def test_any_other_form_is_left_to_the_converter() -> None:
    other = write_wav(TONE)
    assert read_wav(other[:24] + struct.pack("<I", 22050) + other[28:]) is None
    assert read_wav(b"ID3" + TONE) is None
    assert read_wav(b"") is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(sound: bytes) -> None:
    read_wav(b"RIFF\0\0\0\0WAVE" + sound)


def test_what_nobody_would_hear_is_complained_about() -> None:
    assert complaint(TONE) == ""
    assert complaint(b"") == "only 0.00 s of sound"
    assert complaint(bytes(16000)) == "only silence"
    assert complaint(TONE * 200).endswith("s of sound")
