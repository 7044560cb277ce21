"""R5: sealed per customer, opened only with both keys, deterministic so that the same row is the same fact."""

import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.secret_files import BLIND_FILE, KEY_BYTES, MASTER_FILE, VaultError, secret_key
from services.registry.vault import Vault as KeyedVault
from services.registry.vault import open_vault
from tests.services.registry.world import MemoryKeys

DATA = {"name": "王芳", "phone": "13812345678", "id_number": None, "birth_date": "1980-01-01"}
MASTER, BLIND = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)


def Vault(master, keys):  # noqa: N802 -- reads as the class that it makes
    return KeyedVault(master, BLIND, keys)


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


def master_key(secrets, keys):
    return secret_key(secrets / MASTER_FILE, used=not keys.empty())


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


def test_r5_a_number_finds_its_customer_in_any_writing_and_its_mark_tells_nothing():
    keys = MemoryKeys()
    vault = Vault(MASTER, keys)
    vault.seal({"P1": DATA, "P2": DATA | {"phone": "13900000000"}})
    for written in (
        "13812345678",
        "+86 138 1234 5678",
        "0086-138-1234-5678",
        "138 1234 5678",
        "１３８１２３４５６７８",
    ):
        assert vault.holders("phone", written) == ["P1"]
    assert vault.holders("phone", "13812345679") == []
    assert vault.holders("id_number", "13812345678") == []
    assert KeyedVault(MASTER, os.urandom(KEY_BYTES), keys).holders("phone", "13812345678") == []
    assert "1381234" not in str(keys.marks)


def test_r5_after_erasure_neither_key_nor_mark_is_left_and_none_comes_back():
    keys = MemoryKeys()
    vault = Vault(MASTER, keys)
    sealed = vault.seal({"P1": DATA})["P1"]
    assert vault.destroy("P1")
    assert not vault.destroy("P1")
    assert vault.seal({"P1": DATA}) == {"P1": ""}
    assert vault.holders("phone", DATA["phone"]) == []
    with pytest.raises(VaultError, match="destroyed"):
        vault.open("P1", sealed)


def test_r5_the_blind_key_is_not_the_master_key_and_cannot_be_lost_unnoticed(tmp_path):
    keys = MemoryKeys()
    open_vault(tmp_path, keys).seal({"P1": DATA})
    assert (tmp_path / BLIND_FILE).read_bytes() != (tmp_path / MASTER_FILE).read_bytes()
    (tmp_path / BLIND_FILE).unlink()
    with pytest.raises(VaultError, match=BLIND_FILE):
        open_vault(tmp_path, keys)
