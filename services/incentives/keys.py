"""The key that statements are signed with: Ed25519, made on first use, its private half in the secrets directory.

The public half is published in the log with the first statement that it signs, so that it outlives this directory.
To change the key, move the file away: the next statement is signed by a new one, the old one stays published.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.incentives.sealing import base64url

FILE = "incentives-signing.pem"
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


class SigningKey:
    """A private key that names itself by the RFC 7638 thumbprint of its JWK."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = base64url(private.public_key().public_bytes(*RAW))
        self.kid = thumbprint(self.public)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def jwk(kid: str, public: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": public, "kid": kid, "use": "sig", "alg": "EdDSA"}


def thumbprint(public: str) -> str:
    required: bytes = rfc8785.dumps({"crv": "Ed25519", "kty": "OKP", "x": public})
    return base64url(hashlib.sha256(required).digest())


def signing_key(secrets: Path) -> SigningKey:
    """The key of a secrets directory; of several processes that start at once, one makes it."""
    path = secrets / FILE
    if not path.exists():
        _make(path)
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key; move it away and start again")
    return SigningKey(private)


def _make(path: Path) -> None:
    """Write the whole key aside and link it into place: it is there complete, or not at all, and never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.NamedTemporaryFile(dir=path.parent) as aside:
        aside.write(pem)
        aside.flush()
        os.fsync(aside.fileno())
        try:
            os.link(aside.name, path)
        except FileExistsError:
            return
