"""Personal data of customers: sealed with a key of their own, which only this service can open (rule R5).

Choice: AES-256-SIV (RFC 5297) for both layers. It is deterministic, so that the same row seals to the same text and
``decide`` sees that nothing has changed without opening anything; what that tells is no more than that, since each
customer has a key of their own. It was made to wrap keys, too, and binds each to the customer's id. A customer whose
key is destroyed is unreadable in every event ever written.

Key of a customer: 64 random bytes, wrapped by the master key, in the collection ``keys``. Beside it stand the *marks*
of the customer's telephone and identity numbers, a blind index: HMAC-SHA-256 of the normal form of the number under a
key of its own. Both keys are files outside the database (``secret_files``). Key and marks are one document, so that
destroying it leaves neither, and a loader that is late cannot bring a mark back.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.registry.masks import normal_id, normal_phone
from services.registry.secret_files import BLIND_FILE, KEY_BYTES, MASTER_FILE, VaultError, secret_key

MARK_HEX = 32
NORMAL = {"phone": normal_phone, "id_number": normal_id}
"""What can be looked up, and how it is written before it is marked."""

Personal = Mapping[str, Any]
"""``name``, ``phone``, ``id_number``, ``birth_date`` (ISO) as the bank wrote them."""


class KeyStore(Protocol):
    """Where the wrapped keys of customers are kept, each with its customer's marks. A destroyed key is ``b""``."""

    def find(self, customer_ids: Sequence[str]) -> dict[str, bytes]:
        """The wrapped keys of those customers that have, or had, one."""

    def add(self, keys: Mapping[str, bytes]) -> None:
        """Keep keys of customers that have none; where somebody else was faster, theirs stays."""

    def mark(self, marks: Mapping[str, Sequence[str]]) -> None:
        """Add marks to customers; to one whose key is destroyed, none."""

    def holders(self, mark: str) -> list[str]:
        """The customers with a mark, by id."""

    def shared(self, fewest: int, most: int) -> Iterator[tuple[str, list[str]]]:
        """The marks that at least so many customers have, each with the first of them by id, at most so many."""

    def alias(self, mark: str) -> str:
        """A drawn id that stands for a mark, always the same one while anybody has it."""

    def aliases(self) -> dict[str, str]:
        """The marks that have such an id, each with it."""

    def destroy(self, customer_id: str) -> bool:
        """Destroy a customer's key and marks for ever, and the ids of marks that nobody has now; whether there was
        anything left.
        """

    def empty(self) -> bool:
        """Whether no customer has a key."""

    def unmarked(self) -> bool:
        """Whether no customer has a mark."""


class Vault:
    """Seals, marks and opens; each batch costs one read of keys, one write of marks, one of keys where some are new."""

    def __init__(self, master: bytes, blind: bytes, keys: KeyStore) -> None:
        self._master = AESSIV(master)
        self._blind = blind
        self._keys = keys

    def seal(self, personal: Mapping[str, Personal]) -> dict[str, str]:
        """Sealed texts by customer id; empty for who was erased: nothing of theirs is sealed again."""
        ciphers = self._ciphers(list(personal))
        self._keys.mark({one: marks for one in ciphers if (marks := list(self._marks(personal[one])))})
        return {
            customer_id: _text(ciphers[customer_id].encrypt(_canonical(data), [customer_id.encode()]))
            if customer_id in ciphers
            else ""
            for customer_id, data in personal.items()
        }

    def open(self, customer_id: str, sealed: str) -> dict[str, Any]:
        """What was sealed. Raises ``VaultError`` where the customer's key is gone or another."""
        wrapped = self._keys.find([customer_id]).get(customer_id)
        if not wrapped:
            raise VaultError(f"The key of customer {customer_id} is destroyed: the data can never be read again.")
        try:
            data = self._unwrapped(customer_id, wrapped).decrypt(_bytes(sealed), [customer_id.encode()])
        except (InvalidTag, ValueError):
            raise VaultError(f"The sealed data of customer {customer_id} was not sealed with this key.") from None
        opened: dict[str, Any] = msgspec.json.decode(data)
        return opened

    def open_many(self, sealed: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """What was sealed of each of these customers; without those whose key is gone. Raises ``VaultError``."""
        wrapped = {one: key for one, key in self._keys.find(list(sealed)).items() if key}
        opened: dict[str, dict[str, Any]] = {}
        for customer_id, key in wrapped.items():
            try:
                data = self._unwrapped(customer_id, key).decrypt(_bytes(sealed[customer_id]), [customer_id.encode()])
            except (InvalidTag, ValueError):
                raise VaultError(f"The sealed data of customer {customer_id} was not sealed with this key.") from None
            opened[customer_id] = msgspec.json.decode(data)
        return opened

    def blind(self, text: str) -> str:
        """A mark that is the same for the same text, and tells nothing of it to who has not the key."""
        return hmac.new(self._blind, text.encode(), hashlib.sha256).hexdigest()[:MARK_HEX]

    def mark(self, field: str, number: str) -> str:
        """The blind mark of a telephone or identity number."""
        return self.blind(f"{field}\0{NORMAL[field](number)}")

    def holders(self, field: str, number: str) -> list[str]:
        """Customers of whom this number was ever sealed: who they are now, ``open`` says."""
        return self._keys.holders(self.mark(field, number))

    def marked(self, mark: str) -> list[str]:
        """Customers who have or had a mark, by id."""
        return self._keys.holders(mark)

    def shared(self, fewest: int, most: int) -> Iterator[tuple[str, list[str]]]:
        """Marks that so many customers have or had, each with the first of them, by id."""
        return self._keys.shared(fewest, most)

    def alias(self, mark: str) -> str:
        """An id that may stand in the log for a mark: drawn, and forgotten with the mark's last customer."""
        return self._keys.alias(mark)

    def aliases(self) -> dict[str, str]:
        return self._keys.aliases()

    def destroy(self, customer_id: str) -> bool:
        """Make a customer unreadable for ever; whether there was anything left to destroy."""
        return self._keys.destroy(customer_id)

    def _marks(self, personal: Personal) -> Iterator[str]:
        for field in NORMAL:
            if personal.get(field):
                yield self.mark(field, personal[field])

    def _ciphers(self, customer_ids: Sequence[str]) -> dict[str, AESSIV]:
        wrapped = self._keys.find(customer_ids)
        missing = [customer_id for customer_id in customer_ids if customer_id not in wrapped]
        if missing:
            self._keys.add({one: self._master.encrypt(os.urandom(KEY_BYTES), [one.encode()]) for one in missing})
            wrapped |= self._keys.find(missing)  # another loader may have been faster: theirs is the key
        return {one: self._unwrapped(one, key) for one, key in wrapped.items() if key}

    def _unwrapped(self, customer_id: str, wrapped: bytes) -> AESSIV:
        try:
            return AESSIV(self._master.decrypt(wrapped, [customer_id.encode()]))
        except InvalidTag:
            raise VaultError(
                f"The master key in {MASTER_FILE} is not the one that customers' keys were wrapped with. "
                "Put the right one back into the secrets directory."
            ) from None


def open_vault(secrets: Path, keys: KeyStore) -> Vault:
    """The vault over the keys of the secrets directory. Raises ``VaultError``."""
    master = secret_key(secrets / MASTER_FILE, used=not keys.empty())
    return Vault(master, secret_key(secrets / BLIND_FILE, used=not keys.unmarked()), keys)


def _canonical(data: Personal) -> bytes:
    return msgspec.json.encode(dict(data), order="sorted")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
