"""Which business keys of a file may come more than once, in memory that does not grow with the file."""

from collections.abc import Hashable

FEWEST_BITS, MOST_BITS = 13, 27
BITS_PER_BYTE_OF_FILE = 2  # of each of both arrays: some 60 a row, so that one key in 60 or fewer is suspected wrongly


class Repeats:
    """Two bit arrays, of at most 16 MiB each. A key that came twice is always suspected; another one seldom, and costs
    no more than being remembered. Python's own hash of a process is good enough: nothing of it is kept.
    """

    def __init__(self, file_bytes: int) -> None:
        bits = min(max((file_bytes * BITS_PER_BYTE_OF_FILE).bit_length(), FEWEST_BITS), MOST_BITS)
        self._mask = (1 << bits) - 1
        self._once, self._twice = bytearray(1 << bits - 3), bytearray(1 << bits - 3)

    def note(self, key: Hashable) -> None:
        place = hash(key) & self._mask
        byte, bit = place >> 3, 1 << (place & 7)
        if self._once[byte] & bit:
            self._twice[byte] |= bit
        else:
            self._once[byte] |= bit

    def suspects(self, key: Hashable) -> bool:
        place = hash(key) & self._mask
        return bool(self._twice[place >> 3] & (1 << (place & 7)))
