"""A process whose settings cannot work ends in one line that names the setting, and changes nothing."""

import os
import subprocess

import pytest

from tests.shared.bank import COMMANDS, ROOT, Bank, free_port

pytestmark = pytest.mark.stack


@pytest.fixture
def environ(servers, tmp_path):
    bank = Bank(servers, tmp_path)
    bank.http.close()
    return bank.environ


def without_password(uri):
    scheme, _, rest = uri.partition("://")
    user, _, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:wrong@{host}"


def wrong(environ, servers, case):
    match case:
        case "unknown":
            return {"LIANDONG_MONGOURI": "x"}, "Unknown setting LIANDONG_MONGOURI"
        case "no number":
            return {"LIANDONG_PORT": "many"}, "LIANDONG_PORT"
        case "no database":
            uri = f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=500"
            return {"LIANDONG_MONGO_URI": uri}, "LIANDONG_MONGO_URI: no MongoDB answers there"
        case "wrong database user":
            return {"LIANDONG_MONGO_URI": without_password(environ["LIANDONG_MONGO_URI"].replace("://", "://li@"))}, (
                "LIANDONG_MONGO_URI: MongoDB refuses the user or password"
            )
        case "wrong broker password":
            uri = without_password(servers.amqp_uri)
            return {"LIANDONG_AMQP_URI": uri}, "LIANDONG_AMQP_URI: RabbitMQ refuses the user or password"
        case "no address":
            return {"LIANDONG_MONGO_URI": "postgres://x"}, "LIANDONG_MONGO_URI"


@pytest.mark.parametrize("process", ["service", "relay"])
@pytest.mark.parametrize(
    "case", ["unknown", "no number", "no database", "wrong database user", "wrong broker password", "no address"]
)
def test_bad_settings_end_in_one_line(environ, servers, process, case):
    if "AMQP_URI" in os.environ and case == "wrong broker password":
        pytest.skip("the given broker may let anybody in")
    changed, said = wrong(environ, servers, case)
    done = subprocess.run(
        COMMANDS[process], env=environ | changed, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "wrong@" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
