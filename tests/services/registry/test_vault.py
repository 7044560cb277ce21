"""R5: sealed per customer, opened only with both keys, deterministic so that the same row is the same fact."""

import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.vault import KEY_BYTES, MASTER_FILE, Vault, VaultError, masked, master_key
from tests.services.registry.world import MemoryKeys

DATA = {"name": "王芳", "phone": "13812345678", "id_number": None, "birth_date": "1980-01-01"}
MASTER = os.urandom(KEY_BYTES)


def test_r5_what_is_sealed_opens_again():
    vault = Vault(MASTER, MemoryKeys())
    sealed = vault.seal({"P1": DATA})["P1"]
    assert "138" not in sealed
    assert vault.open("P1", sealed) == DATA


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(sorted(DATA)), st.text(max_size=40) | st.none()))
def test_r5_anything_that_is_sealed_opens_again(data):
    vault = Vault(MASTER, MemoryKeys())
    assert vault.open("P1", vault.seal({"P1": data})["P1"]) == data


def test_r5_the_same_data_seals_to_the_same_text_and_other_data_does_not():
    keys = MemoryKeys()
    first = Vault(MASTER, keys).seal({"P1": DATA, "P2": DATA})
    assert Vault(MASTER, keys).seal({"P1": dict(reversed(DATA.items()))})["P1"] == first["P1"]
    assert first["P1"] != first["P2"]
    assert Vault(MASTER, keys).seal({"P1": DATA | {"phone": "1"}})["P1"] != first["P1"]


def test_r5_a_customer_whose_key_is_destroyed_is_unreadable():
    keys = MemoryKeys()
    vault = Vault(MASTER, keys)
    sealed = vault.seal({"P1": DATA})["P1"]
    del keys.keys["P1"]
    with pytest.raises(VaultError, match="destroyed"):
        vault.open("P1", sealed)
    vault.seal({"P1": DATA})
    with pytest.raises(VaultError, match="not sealed with this key"):
        vault.open("P1", sealed)


def test_r5_neither_keys_nor_data_can_be_moved_to_another_customer():
    keys = MemoryKeys()
    vault = Vault(MASTER, keys)
    sealed = vault.seal({"P1": DATA, "P2": DATA})
    with pytest.raises(VaultError):
        vault.open("P2", sealed["P1"])
    keys.keys["P2"] = keys.keys["P1"]
    with pytest.raises(VaultError):
        vault.open("P2", sealed["P1"])


def test_r5_another_master_key_opens_nothing():
    keys = MemoryKeys()
    sealed = Vault(MASTER, keys).seal({"P1": DATA})["P1"]
    with pytest.raises(VaultError, match=MASTER_FILE):
        Vault(os.urandom(KEY_BYTES), keys).open("P1", sealed)


def test_of_two_who_make_a_key_at_once_the_first_ones_is_used_by_both():
    class Slow(MemoryKeys):
        def add(self, keys):
            other = MemoryKeys()
            Vault(MASTER, other).seal(dict.fromkeys(keys, DATA))
            super().add(other.keys)
            super().add(keys)

    keys = Slow()
    vault = Vault(MASTER, keys)
    assert vault.open("P1", vault.seal({"P1": DATA})["P1"]) == DATA


def test_the_master_key_is_made_once_for_its_owner_alone(tmp_path):
    secrets = tmp_path / "secrets"
    first = master_key(secrets, MemoryKeys())
    assert len(first) == KEY_BYTES
    assert stat.S_IMODE((secrets / MASTER_FILE).stat().st_mode) == 0o600
    assert master_key(secrets, MemoryKeys()) == first
    assert [path.name for path in secrets.iterdir()] == [MASTER_FILE]


def test_a_lost_open_or_short_master_key_is_refused(tmp_path):
    keys = MemoryKeys()
    Vault(master_key(tmp_path, keys), keys).seal({"P1": DATA})
    path = tmp_path / MASTER_FILE
    path.chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        master_key(tmp_path, keys)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(VaultError, match="5 bytes instead of 64"):
        master_key(tmp_path, keys)
    path.unlink()
    with pytest.raises(VaultError, match="is missing"):
        master_key(tmp_path, keys)


@pytest.mark.parametrize(
    ("name", "shown"), [("王芳", "王**"), ("欧阳小明", "欧**"), ("John Smith", "J**"), (" 李 ", "李**"), ("", "**")]
)
def test_r5_names_of_people_are_masked(name, shown):
    assert masked(name) == shown
