"""Signatures: only what a live secret signed, just now, for this id and this body, is believed."""

import base64
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from bot.signing import Forged, Seal, Signer
from tests.storage.datalayer.over_http import OTHER, SECRET, Hands
from tests.storage.datalayer.worlds import NOW

BODY = '{"name": "Zoë"}'.encode()


def signer(*secrets: str, hands: Hands | None = None) -> Signer:
    return Signer(secrets or (SECRET,), clock=(hands or Hands()).clock)


def test_a_message_is_signed_as_standard_webhooks_says():
    headers = signer().headers("m_1", BODY)
    assert headers["webhook-signature"] == Webhook(SECRET).sign("m_1", NOW, BODY.decode())
    assert signer().checked(headers, BODY) == "m_1"


def test_with_two_live_secrets_either_side_may_be_first_to_change():
    headers = signer(OTHER, SECRET).headers("m_1", BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert signer(SECRET).checked(headers, BODY) == signer(OTHER).checked(headers, BODY) == "m_1"
    assert signer(OTHER, SECRET).checked(signer(SECRET).headers("m_2", BODY), BODY) == "m_2"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"webhook-id": "m_2"},
        {"webhook-id": ""},
        {"webhook-id": "m 1"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2,é"},
        {"webhook-signature": "no comma"},
    ],
)
def test_a_message_with_one_thing_changed_is_forged(spoiled: dict[str, str]):
    with pytest.raises(Forged):
        signer().checked(signer().headers("m_1", BODY) | spoiled, BODY)


@pytest.mark.parametrize("body", [b"", BODY + b" ", b"\xff"])
def test_another_body_is_forged(body: bytes):
    with pytest.raises(Forged):
        signer().checked(signer().headers("m_1", BODY), body)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_is_believed_for_five_minutes(minutes: int):
    headers = signer().headers("m_1", BODY)
    for soon in (-5, 5):
        assert signer(hands=Hands(now=NOW + timedelta(minutes=soon))).checked(headers, BODY)
    with pytest.raises(Forged):
        signer(hands=Hands(now=NOW + timedelta(minutes=minutes))).checked(headers, BODY)


def test_another_secret_signs_nothing_here():
    with pytest.raises(Forged):
        signer(SECRET).checked(signer(OTHER).headers("m_1", BODY), BODY)


@pytest.mark.parametrize("secrets", [(), (SECRET, OTHER, SECRET), ("whsec_c2hvcnQ=",), ("é",), ("",)])
def test_too_many_too_few_and_too_short_secrets_are_refused(secrets: tuple[str, ...]):
    with pytest.raises(ValueError, match="secret"):
        Signer(secrets, clock=Hands().clock)


def test_a_long_secret_is_refused():
    with pytest.raises(ValueError, match="24 to 64"):
        Signer(("whsec_" + base64.b64encode(bytes(65)).decode(),), clock=Hands().clock)


@pytest.mark.parametrize("message_id", ["", "a.b", "a\r\nb", "x" * 201])
def test_an_id_that_breaks_header_or_signature_is_refused(message_id: str):
    with pytest.raises(ValueError, match="id"):
        signer().headers(message_id, BODY)


def test_a_seal_is_for_one_stream_and_one_message():
    made, same, other, short = (Seal(signer(), who) for who in ("m_1", "m_1", "m_2", "m_1"))
    for seal in (made, same, other):
        seal.take(b"one\n")
        seal.take(b"two\n")
    short.take(b"one\n")
    same.insist(made.made())
    for wrong in (other, short):
        with pytest.raises(Forged):
            wrong.insist(made.made())
