"""Of each lead, the customer it is about and its team: enough to say who may work on its offer."""

from services.leads.events import LeadActivated, LeadOpened, LeadRouted, LineLeft
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

EMPTY: Document = {"owners": {}, "shares": {}, "team": []}
SOURCES = (LeadOpened, LeadRouted, LeadActivated, LineLeft)


def keys(recorded: Recorded) -> list[str]:
    match recorded.event:
        case (
            LeadOpened(lead_id=lead_id)
            | LeadRouted(lead_id=lead_id)
            | LeadActivated(lead_id=lead_id)
            | LineLeft(lead_id=lead_id)
        ):
            return [lead_id]
        case _:
            return []


def step(document: Document | None, recorded: Recorded) -> Document | None:
    old = {**EMPTY, **(document or {})}
    match recorded.event:
        case LeadOpened() as opened:
            who = {"customer_id": opened.customer_id, "customer_kind": opened.customer_kind}
            return {**old, "lead_id": opened.lead_id, **who}
        case LeadRouted(line=line, owner_id=owner_id):
            return _with_team({**old, "owners": {**old["owners"], line: owner_id}})
        case LeadActivated(shares=shares):
            return _with_team({**old, "shares": {share.line: share.staff_id for share in shares}})
        case LineLeft(line=line):  # with the split that named it, which is void then
            gone = {part: {one: who for one, who in old[part].items() if one != line} for part in ("owners", "shares")}
            return _with_team({**old, **gone})
        case _:
            return document


def _with_team(document: Document) -> Document:
    owners = [owner for owner in document["owners"].values() if owner]
    return {**document, "team": sorted({*owners, *document["shares"].values()})}


LEAD_TEAMS = Projection(name="lead_teams", sources={"leads": SOURCES}, keys=keys, step=step)
