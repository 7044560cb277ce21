"""Sign-in by the bank's own identity provider, with OpenID Connect: the code flow with PKCE, state and nonce.

``oidc.json`` among the secrets says that there is one. Where it is missing, the demo bank's cast may sign in instead.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from services.desk.web.identities import Identity
from shared.runtime.config import BadSettings

NAME = "oidc.json"
ROLES = frozenset(
    {"corporate", "retail", "product", "branch", "compliance", "designer", "approver", "hr", "ops", "auditor"}
)


BAD_WORD = (OAuthError, JoseError, OSError, ValueError, KeyError, RuntimeError)
"""What Authlib raises for a token, or for a provider, that is not as it must be."""
TIMEOUT_SECONDS = 5


class NotLetIn(Exception):
    """The provider knows the person, but not as one who may work here; or it did not answer as it must."""


class Claims(msgspec.Struct, frozen=True):
    """Under which name the provider's ID token tells each thing."""

    staff_id: str = "preferred_username"
    name: str = "name"
    roles: str = "roles"
    unit_id: str = "unit"
    line: str = "line"


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issuer: str
    client_id: str
    client_secret: str
    claims: Claims = Claims()
    scope: str = "openid profile"


class Provider:
    """The bank's identity provider."""

    def __init__(self, app: Flask, configuration: Configuration, public_url: str) -> None:
        self._claims = configuration.claims
        self._back = f"{public_url.rstrip('/')}/sign-in/back"
        self._client = OAuth(app).register(
            "bank",
            server_metadata_url=f"{configuration.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=configuration.client_id,
            client_secret=configuration.client_secret,
            client_kwargs={
                "scope": configuration.scope,
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_SECONDS,
            },
        )

    def ask(self) -> Response:
        """Send the user there. Raises ``NotLetIn`` where the provider does not answer."""
        for unfinished in [name for name in session if name.startswith("_state_")]:
            session.pop(unfinished)  # of a try before: the cookie would grow with each
        try:
            answer: Response = self._client.authorize_redirect(self._back)
        except BAD_WORD as error:
            raise NotLetIn(str(error)) from None
        return answer

    def told(self) -> Identity:
        """Who came back, by a token whose signature, issuer, audience, time and nonce hold. Raises ``NotLetIn``."""
        try:
            meta = self._client.load_server_metadata()
            expected = {"iss": {"essential": True, "values": [meta["issuer"]]}}
            expected["aud"] = {"essential": True, "values": [self._client.client_id]}
            token = self._client.authorize_access_token(claims_options=expected)
        except BAD_WORD as error:
            raise NotLetIn(str(error)) from None
        return identity_of(token.get("userinfo") or {}, self._claims)


def identity_of(told: Mapping[str, Any], claims: Claims) -> Identity:
    """Only roles that there are count. Raises ``NotLetIn`` for who has none."""
    staff_id, roles = told.get(claims.staff_id), told.get(claims.roles) or ()
    known = tuple(sorted(ROLES.intersection([roles] if isinstance(roles, str) else map(str, roles))))
    if not isinstance(staff_id, str) or not staff_id or not known:
        raise NotLetIn("no staff number or no role of this bank among the claims")
    unit_id, line = told.get(claims.unit_id), told.get(claims.line)
    name = str(told.get(claims.name) or staff_id)
    return Identity(staff_id, name, known, unit_id and str(unit_id), line and str(line))


def configured(secrets: Path) -> Configuration | None:
    """None where the bank has no provider. Raises ``BadSettings`` for a file that cannot be read."""
    path = secrets / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Configuration)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise BadSettings(f"{NAME} among the secrets cannot be read: {error}") from None
