"""Who is asking: JSON Web Tokens signed with Ed25519, fixed algorithm, issuer, audience and expiry.

Locally the demo identity provider below signs them with a key in the secrets directory; in production the public
key of the bank's own provider lies there instead.
"""

import contextlib
import os
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.core.errors import Forbidden, LiandongError

ALGORITHM = "EdDSA"
ISSUER = "liandong-identity"
AUDIENCE = "liandong"
PRIVATE, PUBLIC = "identity-private.pem", "identity-public.pem"
LIFETIME = timedelta(hours=12)
CLOCKS_DIFFER = timedelta(seconds=60)
"""How far the issuer's clock may be ahead of ours; a token expires by ours, to the second."""
REMEMBERED = 1_000  # tokens


class Unauthenticated(LiandongError):
    """No token, or one that does not hold."""


class Principal(msgspec.Struct, frozen=True):
    """A caller: a person by staff number, or a machine."""

    staff_id: str
    name: str
    roles: frozenset[str]
    unit_id: str | None = None
    line: str | None = None


class Authenticator:
    """Checks tokens against the public key in ``secrets``."""

    def __init__(self, secrets: Path) -> None:
        self._secrets = secrets
        self._key: Any = None
        self._held: OrderedDict[str, tuple[int, Principal]] = OrderedDict()

    def principal(self, authorization: str | None) -> Principal:
        """The caller of an ``Authorization: Bearer …`` header. Raises ``Unauthenticated``."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("no_token", "Send a token: Authorization: Bearer <token>.")
        expiry, principal = self._held.get(token) or self._check(token)
        if expiry <= time.time():
            self._held.pop(token, None)
            raise _invalid()
        return principal

    def _check(self, token: str) -> tuple[int, Principal]:
        """When a token expires, and whose it is; remembered, because a caller sends the same one again and again."""
        try:
            claims = jwt.decode(
                token,
                self._public_key(),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=CLOCKS_DIFFER,  # of the expiry, too: that is asked by whoever called us
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError:
            raise _invalid() from None
        principal = Principal(
            staff_id=claims["sub"],
            name=claims.get("name", claims["sub"]),
            roles=frozenset(claims.get("roles", ())),
            unit_id=claims.get("unit"),
            line=claims.get("line"),
        )
        self._held[token] = (int(claims["exp"]), principal)
        if len(self._held) > REMEMBERED:
            self._held.popitem(last=False)
        return self._held[token]

    def _public_key(self) -> Any:
        if self._key is None:
            self._key = serialization.load_pem_public_key((self._secrets / PUBLIC).read_bytes())
        return self._key


def _invalid() -> Unauthenticated:
    return Unauthenticated("bad_token", "The token is not valid here, or has expired. Sign in again.")


def require(principal: Principal, roles: frozenset[str]) -> None:
    """Deny by default: the caller needs one of ``roles``."""
    if not principal.roles & roles:
        raise Forbidden("wrong_role", f"This needs one of the roles {', '.join(sorted(roles))}.")


def make_identity_keys(secrets: Path) -> None:
    """The demo identity provider's key pair, made once; the private half is its owner's alone."""
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(secrets / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
    # The public half follows from the private one, so that two who start at once cannot leave a pair that differs.
    private = serialization.load_pem_private_key((secrets / PRIVATE).read_bytes(), password=None)
    (secrets / PUBLIC).write_bytes(
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def issue_token(secrets: Path, principal: Principal, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """A token of the demo identity provider."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": principal.staff_id,
        "name": principal.name,
        "roles": sorted(principal.roles),
        "unit": principal.unit_id,
        "line": principal.line,
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, (secrets / PRIVATE).read_bytes(), algorithm=ALGORITHM)
