"""What a fresh stack needs besides processes: first what they rely on, then what their users want to see."""

from infra.stack.context import Context


def prepare(context: Context) -> None:
    """The servers stand, none of our processes runs yet."""
    context.secrets.chmod(0o700)


def bootstrap(context: Context) -> None:
    """Everything is ready, and users may come."""
    print(f"open {context.public_url}")
