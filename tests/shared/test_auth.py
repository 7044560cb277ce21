"""Tokens: checked once, remembered, and dead the moment they expire."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime import auth
from shared.runtime.auth import Authenticator, Principal, Unauthenticated, issue_token, make_identity_keys

LI = Principal("S0001", "Li", frozenset({"teller"}), "O01", "retail")


@pytest.fixture
def secrets(tmp_path):
    make_identity_keys(tmp_path)
    return tmp_path


def bearer(secrets, lifetime, ahead=timedelta()):
    """``ahead``: of our clock, the issuer's."""
    return f"Bearer {issue_token(secrets, LI, datetime.now(UTC) + ahead, lifetime)}"


def test_an_issuer_whose_clock_is_a_little_ahead_is_believed(secrets):
    hour, little = timedelta(hours=1), timedelta(seconds=5)
    assert Authenticator(secrets).principal(bearer(secrets, hour, auth.CLOCKS_DIFFER - little)) == LI
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(bearer(secrets, hour, auth.CLOCKS_DIFFER + little))


def test_a_token_is_not_believed_any_longer_for_that(secrets):
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(bearer(secrets, timedelta(hours=1), timedelta(hours=-1, seconds=-1)))


def test_a_token_that_was_seen_before_expires_all_the_same(secrets):
    authenticator = Authenticator(secrets)
    header = bearer(secrets, timedelta(seconds=2))
    assert authenticator.principal(header) == authenticator.principal(header) == LI
    time.sleep(2.1)
    with pytest.raises(Unauthenticated):
        authenticator.principal(header)
    with pytest.raises(Unauthenticated):
        authenticator.principal(header)


def test_another_signature_on_a_remembered_token_is_refused(secrets):
    authenticator = Authenticator(secrets)
    header = bearer(secrets, timedelta(hours=1))
    authenticator.principal(header)
    with pytest.raises(Unauthenticated):
        authenticator.principal(header[:-6] + "AAAAAA")


def test_no_more_tokens_are_remembered_than_there_is_room_for(secrets, monkeypatch):
    monkeypatch.setattr(auth, "REMEMBERED", 2)
    authenticator = Authenticator(secrets)
    for hours in range(1, 6):
        assert authenticator.principal(bearer(secrets, timedelta(hours=hours))) == LI
    assert len(authenticator._held) == 2
