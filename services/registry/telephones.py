"""Finds the telephone numbers that many customers have (rule C3), by their blind marks; each is told under an id that
was drawn for it, so that what stands in the log tells nothing of the number, to whomever.
"""

from collections.abc import Iterator, Sequence

from services.registry.masks import normal_phone
from services.registry.people import LoadMany, recorded_customers
from services.registry.vault import Vault

FEWEST = 3
"""Customers on one number from which it is told: what compliance's rules ask at least (default)."""
MOST = 200
"""Customers of one number that are named: a switchboard's has thousands, and that many are enough to look into."""


class Telephones:
    def __init__(self, load_many: LoadMany, vault: Vault) -> None:
        self._load_many = load_many
        self._vault = vault

    def shared(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """By id, the customers whose number it is now; of a number that was told before, however few they are."""
        many = dict(self._vault.shared(FEWEST, MOST))
        told = self._vault.aliases()
        for mark in sorted(many.keys() | told.keys()):
            have = self._having(mark, many.get(mark) or self._vault.marked(mark))
            if len(have) >= FEWEST:
                yield self._vault.alias(mark), have
            elif mark in told:
                yield told[mark], have

    def _having(self, mark: str, customers: Sequence[str]) -> tuple[str, ...]:
        """An index entry of an older row does not count, nor one of an identity number."""
        facts = recorded_customers(self._load_many, customers)
        opened = self._vault.open_many({one: fact.sealed for one, fact in facts.items()})
        phones = {one: normal_phone(data["phone"]) for one, data in opened.items() if data.get("phone")}
        return tuple(sorted(one for one, phone in phones.items() if self._vault.mark("phone", phone) == mark))
