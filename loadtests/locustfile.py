"""Locust's entry: the users, and what is made of their figures when they stop."""

from typing import Any

from locust import events

from loadtests.listener import Listener
from loadtests.people import ComplianceOfficer, CorporateManager, HrSystem, ProductManager, RetailManager
from loadtests.summary import write_summary

__all__ = ["ComplianceOfficer", "CorporateManager", "HrSystem", "Listener", "ProductManager", "RetailManager"]


@events.quitting.add_listener  # type: ignore[untyped-decorator] # locust has no types
def summarize(environment: Any, **_: Any) -> None:
    """Whether it passed is judged by ``make load``, against its limits, not by Locust's exit code."""
    write_summary(environment.stats)
    environment.process_exit_code = 0
