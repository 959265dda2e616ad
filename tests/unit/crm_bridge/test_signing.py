"""The signature is the one that Standard Webhooks publishes, and a bad secret is told without being shown."""

from datetime import UTC, datetime

import pytest

from crm_bridge.webhooks import signing


def test_the_published_example_of_the_standard_verifies() -> None:
    # The example of the Standard Webhooks specification, "Verifying signatures".
    key = signing.key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)

    made = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [key])

    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_rotated_both_signatures_are_sent() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    new, old = b"n" * 32, b"o" * 32

    both = signing.headers("msg_1", at, b"{}", [new, old])["webhook-signature"].split()

    alone = [signing.headers("msg_1", at, b"{}", [key])["webhook-signature"] for key in (new, old)]
    assert both == alone


@pytest.mark.parametrize(("secret", "cure"), [("whsec_!!", "openssl rand"), ("whsec_c2hvcnQ=", "24 to 64")])
def test_a_bad_secret_is_told_with_its_cure_and_not_repeated(secret: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure) as caught:
        signing.key_of(secret)
    assert secret.removeprefix("whsec_") not in str(caught.value)
