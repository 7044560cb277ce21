"""The screen of customers: find one, and see what all the teams know of them on a page (rules R5, R6, B3, B4, B6, B7,
K5). What a reader may not see, or does not answer, leaves the rest of the page as it is.
"""

from services.desk.web.customer.screen import screen

__all__ = ["screen"]
