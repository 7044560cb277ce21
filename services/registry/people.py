"""What is sealed of one person, opened for who may see it: masked, found by a number, unmasked, erased (rule R5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from services.registry.domain.people import erased
from services.registry.events import CustomerErased, CustomerRecorded
from services.registry.masks import masked_id, masked_phone
from services.registry.secret_files import VaultError
from services.registry.vault import NORMAL, Vault
from shared.core.errors import NotFound, RuleBroken
from shared.core.recorded import Commit

LoadMany = Callable[[Sequence[str]], Mapping[str, Sequence[Commit]]]


def recorded_customers(load_many: LoadMany, ids: Sequence[str]) -> dict[str, CustomerRecorded]:
    """The newest fact of each of these customers, from the log; without those who were erased."""
    facts: dict[str, CustomerRecorded] = {}
    for commits in load_many([f"customer-{one}" for one in ids]).values():
        events = [event for commit in commits for event in commit.events]
        if events and not isinstance(events[-1], CustomerErased):
            fact = next(event for event in reversed(events) if isinstance(event, CustomerRecorded))
            facts[fact.customer_id] = fact
    return facts


class Log(Protocol):
    def load(self, stream: str) -> Sequence[Commit]: ...


class People:
    """Reads the newest fact of a customer from the log, so that what is shown is never older than what was erased."""

    def __init__(self, log: Log, vault: Vault) -> None:
        self._log = log
        self._vault = vault

    def fact(self, customer_id: str) -> CustomerRecorded:
        """Raises ``NotFound``; ``RuleBroken`` for who was erased."""
        events = [event for commit in self._log.load(f"customer-{customer_id}") for event in commit.events]
        if not events:
            raise NotFound("not_found", f"There is no customer {customer_id}.")
        if isinstance(events[-1], CustomerErased):
            raise erased()
        return next(event for event in reversed(events) if isinstance(event, CustomerRecorded))

    def opened(self, customer_id: str) -> dict[str, Any]:
        """``name``, ``phone``, ``id_number``, ``birth_date`` in clear; errors as of ``fact``."""
        sealed = self.fact(customer_id).sealed
        try:
            return self._vault.open(customer_id, sealed)
        except VaultError:
            self.fact(customer_id)  # erased between the two looks
            raise

    def masked(self, customer_id: str) -> dict[str, str | None]:
        """Telephone and identity number as every reader may see them; None where there is none any more."""
        try:
            data = self.opened(customer_id)
        except RuleBroken:
            data = {}
        phone, id_number = data.get("phone"), data.get("id_number")
        return {
            "phone": masked_phone(phone) if phone else None,
            "id_number": masked_id(id_number) if id_number else None,
        }

    def with_number(self, field: str, number: str) -> list[str]:
        """The customers whose number this is now; an index entry of an older row does not count."""
        wanted = NORMAL[field](number)
        return [one for one in self._vault.holders(field, number) if self._has(one, field, wanted)]

    def mentioned(self, customer_id: str, text: str) -> bool:
        """Whether a free text holds the person's name or a number of theirs."""
        data = self.opened(customer_id)
        return any(data.get(field) and str(data[field]) in text for field in ("name", *NORMAL))

    def destroy(self, customer_id: str) -> bool:
        return self._vault.destroy(customer_id)

    def _has(self, customer_id: str, field: str, wanted: str) -> bool:
        try:
            number = self.opened(customer_id).get(field)
        except (RuleBroken, NotFound):
            return False
        return bool(number) and NORMAL[field](str(number)) == wanted
