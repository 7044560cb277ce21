"""Rule C3: a telephone number that many customers have is told under a drawn id, and nothing of it shows."""

from datetime import date, timedelta

import msgspec
import pytest

from services.registry.domain.telephones import TELEPHONE, NoteSharers
from services.registry.erasing import erase
from services.registry.events import DayClosed, TelephoneShared
from services.registry.people import People
from services.registry.reactions import note_telephones
from services.registry.telephones import FEWEST, MOST, Telephones
from shared.core.recorded import Meta
from tests.kit import given
from tests.services.bundling.examples import recorded
from tests.services.registry.test_matching import person
from tests.services.registry.world import Registry, dated

DAY = date(2026, 9, 1)
PHONE = "057212345678"


@pytest.fixture
def registry():
    return Registry().with_world()


def shared(registry):
    return dict(Telephones(registry.store.load_many, registry.vault).shared())


def load(registry, *people):
    registry.load("customers", dated(people))


def test_c3_three_with_one_number_are_told_however_it_is_written(registry):
    load(registry, person(1, phone=PHONE), person(2, phone="0572-1234 5678"))
    assert shared(registry) == {}
    load(registry, person(3, phone="+86 572 12345678"), person(4))
    ((telephone, customers),) = shared(registry).items()
    assert customers == ("P000001", "P000002", "P000003")
    assert shared(registry) == {telephone: customers}, "the id stays"


def test_c3_an_identity_number_is_no_telephone(registry):
    load(registry, *(person(n, id_number="330499198001010001") for n in range(1, 5)))
    assert shared(registry) == {}


def test_c3_who_has_another_number_now_or_was_erased_is_no_longer_among_them(registry):
    load(registry, *(person(n, phone=PHONE) for n in range(1, 5)))
    ((telephone, _),) = shared(registry).items()
    load(registry, person(1))
    assert shared(registry) == {telephone: ("P000002", "P000003", "P000004")}
    for customer_id in ("P000002", "P000003"):
        people = People(registry.store, registry.vault)
        erase(customer_id, "asked for it", people, registry.executor.execute, Meta("erase-" + customer_id, "OPS01"))
    assert shared(registry) == {telephone: ("P000004",)}, "what was told is told again when it changes"


def test_c3_of_a_switchboard_only_so_many_are_named(registry):
    load(registry, *(person(n, phone=PHONE) for n in range(1, MOST + 3)))
    (customers,) = shared(registry).values()
    assert len(customers) == MOST


def test_c3_the_close_of_a_day_tells_what_changed_once():
    class Known:
        def shared(self):
            return [("8f14", ("P1", "P2", "P3"))]

    class Closed:
        def closed(self, _recorded, before=None):
            return DAY

    (intent,) = note_telephones(Known(), Closed())(recorded(DayClosed(DAY)))
    assert note_telephones(Known(), Closed())(recorded(DayClosed(DAY - timedelta(days=1)))) == []
    assert (intent.decider, intent.key) == (TELEPHONE, "8f14")
    event = TelephoneShared("8f14", ("P1", "P2", "P3"), DAY)
    given(TELEPHONE).when(intent.command).then(event)
    given(TELEPHONE, event).when(intent.command).nothing()
    fewer = NoteSharers("8f14", ("P1",), DAY)
    given(TELEPHONE, event).when(fewer).then(TelephoneShared("8f14", ("P1",), DAY))
    assert FEWEST == 3


def test_r5_what_is_told_holds_no_number_and_no_mark_of_it(registry):
    load(registry, *(person(n, phone=PHONE) for n in range(1, 4)))
    ((telephone, customers),) = shared(registry).items()
    (event,) = TELEPHONE.decide((), NoteSharers(telephone, customers, DAY))
    told = msgspec.json.encode(event).decode()
    assert PHONE[-6:] not in told
    assert registry.vault.mark("phone", PHONE) not in told
