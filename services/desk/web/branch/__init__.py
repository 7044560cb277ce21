"""The board of a branch: how its leads stand, who is where beside the plan, where people are short, what is used."""

from services.desk.web.branch.board import screen

__all__ = ["screen"]
