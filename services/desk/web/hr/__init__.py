"""The screens of HR: sealed statements, whether each holds, what it corrects, who acknowledged it, and its files."""

from services.desk.web.hr.screen import screen

__all__ = ["screen"]
