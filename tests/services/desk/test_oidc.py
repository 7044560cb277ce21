"""Sign-in by a bank's own provider: a real one on a port of its own, which signs its tokens and checks its callers."""

import base64
import hashlib
import json
import secrets as random
import threading
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.services.desk import story
from tests.services.desk.bank import Browser, prepare_secrets

pytestmark = pytest.mark.stack
CLIENT, SECRET = "desk", "only-they-know"
CLAIMS = {"preferred_username": story.LI, "name": "李娜", "roles": ["retail", "staff"], "unit": "O01", "line": "retail"}


class Bank:
    """The provider. ``claims`` is who sits before it; ``audience`` for whom it makes tokens."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims, self.audience, self.asked = dict(CLAIMS), CLIENT, {}
        self.server = make_server("127.0.0.1", 0, Request.application(self.answer), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        path = request.path.removeprefix("/")
        if path == ".well-known/openid-configuration":
            ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")}
            return self.json({"issuer": self.issuer, **ends, "jwks_uri": f"{self.issuer}/keys",
                              "id_token_signing_alg_values_supported": ["RS256"]})  # fmt: skip
        if path == "keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return self.json({"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]})
        if path == "authorization":
            code = random.token_urlsafe()
            self.asked[code] = request.args
            back = urlencode({"code": code, "state": request.args["state"]})
            return Response(status=302, headers={"Location": f"{request.args['redirect_uri']}?{back}"})
        return self.token(request)

    def token(self, request):
        asked = self.asked.pop(request.form["code"])
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert asked["code_challenge"] == challenge
        assert (request.authorization.username, request.authorization.password) == (CLIENT, SECRET)
        about = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        }
        told = jwt.encode(self.claims | about | {"nonce": asked["nonce"]}, self.key, "RS256", {"kid": "k1"})
        return self.json({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": told})

    @staticmethod
    def json(body):
        return Response(json.dumps(body), content_type="application/json")


@pytest.fixture
def provider():
    bank = Bank()
    yield bank
    bank.server.shutdown()
    bank.server.server_close()


@pytest.fixture
def visitor(make_app, provider, tmp_path):
    prepare_secrets(tmp_path)
    told = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
    (tmp_path / "oidc.json").write_text(json.dumps(told))
    return Browser(make_app(tmp_path), "en")


def sign_in(visitor, back="/retail?view=queue"):
    """As a browser goes: to the provider, and back with its code."""
    sent = visitor.client.get(f"/sign-in/bank?{urlencode({'back': back})}")
    returned = httpx.get(sent.headers["Location"]).headers["Location"]
    assert returned.startswith("http://127.0.0.1:9/sign-in/back?")
    place = urlsplit(returned)
    visitor.open(f"{place.path}?{place.query}")
    return parse_qs(place.query)


def test_whom_the_bank_vouches_for_is_let_in_with_their_roles(visitor):
    page = visitor.open("/retail").text
    assert "Sign in with your account of the bank." in page
    assert 'name="staff_id"' not in page
    sign_in(visitor)
    assert visitor.path == "/retail"
    assert 'id="lead-l7"' in visitor.text
    assert visitor.open("/hr").page.status_code == 403


def test_who_has_no_role_here_is_turned_away(visitor, provider):
    provider.claims["roles"] = ["director"]
    sign_in(visitor)
    assert visitor.path == "/sign-in"
    assert "did not let you in" in visitor.text


def test_a_token_for_somebody_else_is_refused(visitor, provider):
    provider.audience = "another-program"
    sign_in(visitor)
    assert "did not let you in" in visitor.text
    assert visitor.open("/retail").path == "/sign-in"


def test_an_answer_that_nobody_asked_for_is_refused(visitor):
    stolen = sign_in(visitor)
    visitor.send("/sign-out")
    visitor.open(f"/sign-in/back?{urlencode({'code': stolen['code'][0], 'state': stolen['state'][0]})}")
    assert "did not let you in" in visitor.text


def test_nobody_is_sent_elsewhere_after_signing_in(visitor):
    sign_in(visitor, back="//evil.example")
    assert visitor.path == "/retail/day"


def test_the_demo_cast_cannot_sign_in_beside_a_provider(visitor):
    visitor.open("/sign-in")
    form = visitor.form("/language")
    visitor.send("/sign-in", ("staff_id", story.LI), form=form)
    assert visitor.page.status_code == 404


def test_a_provider_that_is_away_is_said(visitor, provider):
    provider.server.shutdown()
    provider.server.server_close()
    assert "did not let you in" in visitor.open("/sign-in/bank").text


def test_a_crooked_configuration_ends_the_start(make_app, tmp_path, capsys):
    prepare_secrets(tmp_path)
    (tmp_path / "oidc.json").write_text('{"issuer": 1}')
    with pytest.raises(SystemExit):
        make_app(tmp_path)
    assert "oidc.json among the secrets cannot be read" in capsys.readouterr().err
