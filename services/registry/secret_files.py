"""Registry's keys outside the database: files of the secrets directory, made at the first use, their owner's alone.

``registry-master.key`` wraps the customers' keys; ``registry-blind-index.key`` marks telephone and identity numbers for
look-up. Whoever loses the first loses all personal data; whoever loses the second, the look-up by number.
"""

import os
from pathlib import Path

KEY_BITS = 512
KEY_BYTES = KEY_BITS // 8
MASTER_FILE = "registry-master.key"
BLIND_FILE = "registry-blind-index.key"


class VaultError(Exception):
    """A key is missing, unreadable or not the one that was used before. It is for whoever runs the service; callers
    learn nothing of it.
    """


def secret_key(path: Path, *, used: bool) -> bytes:
    """The key in a file; a new one only while none was ``used`` yet. Raises ``VaultError``."""
    if not path.exists():
        if used:
            raise VaultError(f"{path} is missing, and what is stored was made with it. Restore it from the backup.")
        _create(path)
    if path.stat().st_mode & 0o077:
        raise VaultError(f"{path} can be read by others than its owner. Run: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise VaultError(f"{path} holds {len(key)} bytes instead of {KEY_BYTES}. Restore it from the backup.")
    return key


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
