"""The id of an opening, ``<lead id>.<product>.<attempt>``: the bank's core system echoes it in all that follows."""

FORM = 3


def opening_id(lead_id: str, product: str, attempt: int) -> str:
    return f"{lead_id}.{product}.{attempt}"


def lead_of(reference: str) -> str | None:
    """The lead of an opening; None for a reference that is not of our form, and so not ours."""
    parts = _parts(reference)
    return parts[0] if parts else None


def product_of(reference: str) -> str | None:
    parts = _parts(reference)
    return parts[1] if parts else None


def _parts(reference: str) -> list[str] | None:
    parts = reference.rsplit(".", FORM - 1)
    return parts if len(parts) == FORM and all(parts) and parts[-1].isdecimal() else None
