"""Settings that cannot work are refused when they are read, in one line that never quotes an address."""

import pytest

from infra.stack.broken import Broken
from infra.stack.external import check_amqp, check_mongo
from shared.runtime.broker import refuse_wrong_password
from shared.runtime.config import BadSettings, read_settings

GOOD = {
    "LIANDONG_MONGO_URI": "mongodb://li:pa%2Fss1@10.0.0.1,10.0.0.2/?replicaSet=rs0",
    "LIANDONG_AMQP_URI": "amqp://li:pa%2Fss1@10.0.0.1:5672/%2F, amqps://li:pa%2Fss1@10.0.0.2/%2F?heartbeat=6",
    "LIANDONG_SECRETS": "/tmp",
}
AMQP = (
    "amqp://user:pa/ss1@host/",
    "amqp://user:12/ss1@host/",
    "amqp://user:pa#ss1@host/",
    "amqp://user:12?ss1@host/",
    "amqp://user:pa,ss1@host/",
    "amqp://li:pass1@host/,amqp://user:pa/ss1@other/",
)
MONGO = ("mongodb://user:pa/ss1@host/", "mongodb://user:12/ss1@host/", "mongodb://user:a?b/ss1@host/")


@pytest.fixture
def read(monkeypatch):
    def read(**changed):
        for name, value in (GOOD | changed).items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return read


def test_good_settings_are_read_as_they_are(read):
    settings = read(LIANDONG_LOG_LEVEL="info", LIANDONG_PARTITIONS="4", LIANDONG_WATCHDOG_SECONDS="0.5")
    assert (settings.log_level, settings.partitions, settings.watchdog_seconds) == ("INFO", 4, 0.5)
    assert settings.mongo_uri == GOOD["LIANDONG_MONGO_URI"]
    assert settings.amqp_uri == GOOD["LIANDONG_AMQP_URI"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "loud"),
        ("PARTITIONS", "0"),
        ("PARTITIONS", "-1"),
        ("WATCHDOG_SECONDS", "0"),
        ("WATCHDOG_SECONDS", "nan"),
        ("WATCHDOG_SECONDS", "inf"),
        ("PORT", "65536"),
        ("AMQP_URI", ""),
        ("AMQP_URI", "http://host"),
        *(("AMQP_URI", uri) for uri in AMQP),
        *(("MONGO_URI", uri) for uri in MONGO),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(read, name, value):
    with pytest.raises(BadSettings, match=f"LIANDONG_{name}") as refused:
        read(**{f"LIANDONG_{name}": value})
    said = str(refused.value)
    assert len(said.splitlines()) == 1
    assert not any(part in said for part in ("pa/", "pa'", "ss1", "12", "user"))
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(("check", "uri"), [(check_amqp, AMQP[0]), (check_amqp, AMQP[1]), (check_mongo, MONGO[0])])
def test_a_named_server_is_not_quoted_either(check, uri):
    with pytest.raises(Broken, match="percent-encoded") as refused:
        check(uri)
    assert not any(part in str(refused.value) for part in (":pa", ":12", "ss1", "user:"))


def test_an_option_that_cannot_be_read_is_not_quoted():
    with pytest.raises(BadSettings) as refused:
        refuse_wrong_password("amqp://127.0.0.1/?heartbeat=hunter2")
    assert "hunter2" not in str(refused.value)
