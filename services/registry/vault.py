"""Personal data of customers: sealed with a key of their own, which only this service can open (rule R5).

Choice: AES-256-SIV (RFC 5297) for both layers. It is deterministic, so that the same row seals to the same text and
``decide`` sees that nothing has changed without opening anything; what that tells is no more than that, since each
customer has a key of their own. It was made to wrap keys, too, and binds each to the customer's id. A customer whose
key is destroyed is unreadable in every event ever written.

Key of a customer: 64 random bytes, wrapped by the master key, in the collection ``keys``. Master key: a file of the
secrets directory, made at the first use and readable by its owner alone; whoever loses it loses all personal data.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BITS = 512
KEY_BYTES = KEY_BITS // 8
MASTER_FILE = "registry-master.key"

Personal = Mapping[str, Any]
"""``name``, ``phone``, ``id_number``, ``birth_date`` (ISO) as the bank wrote them."""


class VaultError(Exception):
    """The master key is missing, unreadable or not the one that the customers' keys were wrapped with. It is for
    whoever runs the service; callers learn nothing of it.
    """


class KeyStore(Protocol):
    """Where the wrapped keys of customers are kept."""

    def find(self, customer_ids: Sequence[str]) -> dict[str, bytes]:
        """The wrapped keys of those customers that have one."""

    def add(self, keys: Mapping[str, bytes]) -> None:
        """Keep keys of customers that have none; where somebody else was faster, theirs stays."""

    def empty(self) -> bool:
        """Whether no customer has a key."""


class Vault:
    """Seals and opens; each batch costs one read of keys, and one write where customers are new."""

    def __init__(self, master: bytes, keys: KeyStore) -> None:
        self._master = AESSIV(master)
        self._keys = keys

    def seal(self, personal: Mapping[str, Personal]) -> dict[str, str]:
        """Sealed texts by customer id."""
        ciphers = self._ciphers(list(personal))
        return {
            customer_id: _text(ciphers[customer_id].encrypt(_canonical(data), [customer_id.encode()]))
            for customer_id, data in personal.items()
        }

    def open(self, customer_id: str, sealed: str) -> dict[str, Any]:
        """What was sealed. Raises ``VaultError`` where the customer's key is gone or another."""
        wrapped = self._keys.find([customer_id]).get(customer_id)
        if wrapped is None:
            raise VaultError(f"The key of customer {customer_id} is destroyed: the data can never be read again.")
        try:
            data = self._unwrapped(customer_id, wrapped).decrypt(_bytes(sealed), [customer_id.encode()])
        except (InvalidTag, ValueError):
            raise VaultError(f"The sealed data of customer {customer_id} was not sealed with this key.") from None
        opened: dict[str, Any] = msgspec.json.decode(data)
        return opened

    def _ciphers(self, customer_ids: Sequence[str]) -> dict[str, AESSIV]:
        wrapped = self._keys.find(customer_ids)
        missing = [customer_id for customer_id in customer_ids if customer_id not in wrapped]
        if missing:
            self._keys.add({one: self._master.encrypt(os.urandom(KEY_BYTES), [one.encode()]) for one in missing})
            wrapped |= self._keys.find(missing)  # another loader may have been faster: theirs is the key
        return {one: self._unwrapped(one, key) for one, key in wrapped.items()}

    def _unwrapped(self, customer_id: str, wrapped: bytes) -> AESSIV:
        try:
            return AESSIV(self._master.decrypt(wrapped, [customer_id.encode()]))
        except InvalidTag:
            raise VaultError(
                f"The master key in {MASTER_FILE} is not the one that customers' keys were wrapped with. "
                "Put the right one back into the secrets directory."
            ) from None


def master_key(secrets: Path, keys: KeyStore) -> bytes:
    """The master key from the secrets directory; a new one only while no customer has a key yet."""
    path = secrets / MASTER_FILE
    if not path.exists():
        if not keys.empty():
            raise VaultError(
                f"{path} is missing, and customers' keys were wrapped with it. Restore it from the backup."
            )
        _create(path)
    if path.stat().st_mode & 0o077:
        raise VaultError(f"{path} can be read by others than its owner. Run: chmod 600 {path}")
    master = path.read_bytes()
    if len(master) != KEY_BYTES:
        raise VaultError(f"{path} holds {len(master)} bytes instead of {KEY_BYTES}. Restore it from the backup.")
    return master


def _create(path: Path) -> None:
    """Write a new key aside and link it into place: of two who do so at once, both read the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def masked(name: str) -> str:
    """A person's name for every eye: 王小明 → 王**, John Smith → J**."""
    return f"{name.strip()[:1]}**"


def _canonical(data: Personal) -> bytes:
    return msgspec.json.encode(dict(data), order="sorted")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
