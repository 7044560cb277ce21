"""The screen of compliance (rules C1 to C5): the queue of openings, the alerts, and the samples that are inspected."""

from services.desk.web.compliance import alerts, openings, samples
from services.desk.web.compliance.screen import screen

__all__ = ["alerts", "openings", "samples", "screen"]
