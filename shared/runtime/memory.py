"""Python's garbage collector, set for processes that keep little: servers, and those who read a whole log."""

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 100


def settle() -> None:
    """What is imported by now stays for ever, and is left out of every collection; the rest is looked at less often.

    Most garbage here dies by reference count; at the defaults a request's many small objects set off a collection
    every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
