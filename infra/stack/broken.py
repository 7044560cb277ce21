"""The one error of the stack: what is wrong, where, and what to do, in one line."""


class Broken(Exception):
    """A prerequisite, a setting or a server that keeps the stack from standing."""
