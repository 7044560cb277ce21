"""The plan studio (rules I1, I6, I8, I10, I13): plans and their versions, read in plain words, drafted, tried over the
history, compared, submitted, approved and activated; awards and disputes that wait for a decision.
"""

from services.desk.web.plans import awards, deciding, disputes, drafting, versions
from services.desk.web.plans.studio import screen

__all__ = ["awards", "deciding", "disputes", "drafting", "screen", "versions"]
