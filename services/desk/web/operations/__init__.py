"""The screens of operations: how everything stands, parked events, feeds, and the last load test."""

from services.desk.web.operations import feeds, load_test, parked, standing
from services.desk.web.operations.screen import screen

__all__ = ["feeds", "load_test", "parked", "screen", "standing"]
