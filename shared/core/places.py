"""Where in a document a value stands."""

Place = tuple[str | int, ...]


def place_text(place: Place) -> str:
    """``bundles[2].conditions[0].years``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
