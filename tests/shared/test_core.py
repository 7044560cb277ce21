"""The pure core, and the settings and tokens around it."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from shared.core.errors import Forbidden
from shared.core.ids import derived, partition_of
from shared.runtime.auth import (
    PRIVATE,
    Authenticator,
    Principal,
    Unauthenticated,
    issue_token,
    make_identity_keys,
    require,
)
from shared.runtime.config import BadSettings, read_settings
from tests.shared.examples import ACCOUNT, MoneyTaken

LI = Principal("S0001", "李", frozenset({"retail"}), "O01", "retail")
NOW = datetime.now(UTC)


@forall(st.lists(st.integers(1, 9)), st.integers(0, 9))
def test_folding_in_two_steps_is_folding_once(amounts, cut):
    events = [MoneyTaken(amount) for amount in amounts]
    assert ACCOUNT.fold(events[cut:], ACCOUNT.fold(events[:cut])) == ACCOUNT.fold(events)


@forall(st.text(), st.integers(1, 16))
def test_a_stream_stays_in_its_partition(stream, partitions):
    assert 0 <= partition_of(stream, partitions) < partitions
    assert partition_of(stream, partitions) == partition_of(stream, partitions)


def test_derived_ids_tell_their_parts_apart():
    assert derived("a", "b") == derived("a", "b")
    assert derived("a", "b") != derived("ab")
    assert partition_of("lead-1", 1_000_000) == 272112


@pytest.fixture
def secrets(tmp_path):
    make_identity_keys(tmp_path)
    return tmp_path


def test_a_token_says_who_is_asking(secrets):
    token = issue_token(secrets, LI, NOW)
    assert Authenticator(secrets).principal(f"Bearer {token}") == LI


def test_the_private_key_is_its_owners_alone(secrets):
    assert (secrets / PRIVATE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b.c"])
def test_no_token_is_nobody(secrets, header):
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(header)


def test_an_expired_token_is_nobody(secrets):
    token = issue_token(secrets, LI, NOW - timedelta(hours=13))
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(f"Bearer {token}")


@pytest.mark.parametrize(
    "forged",
    [
        {"key": "x" * 32, "algorithm": "HS256"},
        {"key": "", "algorithm": "none"},
    ],
)
def test_a_token_of_another_algorithm_is_nobody(secrets, forged):
    claims = jwt.decode(issue_token(secrets, LI, NOW), options={"verify_signature": False})
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(f"Bearer {jwt.encode(claims, **forged)}")


def test_a_token_of_another_key_or_audience_is_nobody(secrets, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    make_identity_keys(other)
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(f"Bearer {issue_token(other, LI, NOW)}")
    claims = jwt.decode(issue_token(secrets, LI, NOW), options={"verify_signature": False}) | {"aud": "elsewhere"}
    token = jwt.encode(claims, (secrets / PRIVATE).read_bytes(), algorithm="EdDSA")
    with pytest.raises(Unauthenticated):
        Authenticator(secrets).principal(f"Bearer {token}")


def test_roles_are_denied_by_default():
    require(LI, frozenset({"retail", "branch"}))
    with pytest.raises(Forbidden):
        require(LI, frozenset())


@pytest.fixture
def environment(monkeypatch):
    for name, value in {"MONGO_URI": "mongodb://x", "AMQP_URI": "amqp://x", "SECRETS": "/tmp/x"}.items():
        monkeypatch.setenv(f"LIANDONG_{name}", value)
    return monkeypatch


def test_settings_are_read(environment):
    assert read_settings().port == 0
    environment.setenv("LIANDONG_PORT", "8080")
    assert read_settings().port == 8080


def test_an_unknown_setting_is_named(environment):
    environment.setenv("LIANDONG_MONGOURI", "x")
    with pytest.raises(BadSettings, match="Unknown setting LIANDONG_MONGOURI. Known: LIANDONG_AMQP_URI"):
        read_settings()


def test_a_wrong_or_missing_setting_is_named(environment):
    environment.setenv("LIANDONG_PORT", "many")
    with pytest.raises(BadSettings, match="LIANDONG_PORT"):
        read_settings()
    environment.delenv("LIANDONG_MONGO_URI")
    with pytest.raises(BadSettings, match="LIANDONG_MONGO_URI"):
        read_settings()
