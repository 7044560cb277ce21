"""The key that session cookies are signed with: made once, in the secrets directory, for its owner alone."""

import os
import secrets
import tempfile
from pathlib import Path

NAME = "desk-session.key"


def session_key(directory: Path) -> bytes:
    """The stored key; made now where there is none. Processes that start together end up with the same one."""
    path = directory / NAME
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=directory, prefix=f".{NAME}.")  # its mode is 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was faster, its key is the key
        finally:
            Path(draft).unlink()
    return path.read_bytes()
