"""Names of things that must come out the same each time they are computed."""

import base64
import hashlib
import zlib


def derived(*parts: str) -> str:
    """26 characters, the same for the same parts: makes a repeated reaction or request name the same thing."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return base64.b32encode(digest)[:26].decode().lower()


def partition_of(stream: str, partitions: int) -> int:
    """The partition of a stream, from 0; stable over processes and releases."""
    return zlib.crc32(stream.encode()) % partitions
