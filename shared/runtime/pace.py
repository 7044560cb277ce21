"""How fast a subscription goes: how much at once, and how long it rests before the next."""

from typing import NamedTuple


class Pace(NamedTuple):
    """At most ``batch`` events in one transaction; then a rest of ``share`` times as long as that took, up to
    ``longest`` seconds, in which the next batch gathers. It ends early when a full batch waits, unless this one
    ``yields``.
    """

    batch: int
    share: float
    longest: float
    yields: bool = False

    def rest_after(self, seconds: float) -> float:
        return min(seconds * self.share, self.longest)


USUAL = Pace(batch=500, share=4.0, longest=0.25)
"""An event that comes alone is handled at once, and the busier the machine, the fewer and larger its transactions."""

GENTLE = Pace(batch=25, share=4.0, longest=4.0, yields=True)
"""For work of which one fact can make very much, such as a win at a company with thousands of employees: it takes a
fifth of the time, however much is left of it, so that others who use the same service and database keep their pace.
"""
