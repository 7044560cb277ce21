"""The part of the incentives service that is about bulletins (rule I13)."""

from typing import Any

from services.incentives import bulletin_schemas as schemas
from services.incentives.books import Books
from services.incentives.bulletin_events import BulletinPublished, Place
from services.incentives.domain.award import INDICATOR
from services.incentives.domain.bulletin import BULLETIN, PublishBulletin, what_was_given
from services.incentives.projections import BULLETINS, LEDGER, UNITS, at_level
from services.incentives.rules import month_of
from services.incentives.scores import Rank, ranking, unit_ranking
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

PUBLISHERS = ("hr", "approver")
READERS = ("corporate", "retail", "product", "branch", "designer", "approver", "hr", "auditor")
BASE = "/api/incentives/bulletins"
FIRST_PLACES = 100
EVERY = 0
Json = dict[str, Any]


class Bulletins:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", f"{BASE}/<month>/publish", roles=PUBLISHERS, body=schemas.PublishBulletin)
    def publish_bulletin(self, call: Call) -> Accepted:
        period = month_of(call.path["month"])
        found, seq = Books(self.app).scores(period)
        above = at_level("branch", self.app.documents(UNITS, {}, limit=EVERY))
        given = self.app.documents(LEDGER, {"of_period": period, "indicator": INDICATOR}, sort="on", limit=EVERY)
        bulletin = BulletinPublished(
            period=period,
            seq=seq or 0,
            people=_places(ranking(found)[:FIRST_PLACES]),
            branches=_places(unit_ranking(found, above)),
            given=tuple(what_was_given(given)),
            note=call.body["note"],
            published_by=call.principal.staff_id,
            on=call.today,
        )
        return self.app.execute(BULLETIN, period, PublishBulletin(bulletin, seq is not None), call, creates=True)

    @api("GET", BASE, roles=READERS, query=schemas.BulletinQuery, view=schemas.BulletinList)
    def bulletins(self, call: Call) -> Json:
        found = self.app.documents(BULLETINS, {}, call, sort="-period", limit=call.query["limit"])
        return {"bulletins": found}

    @api("GET", f"{BASE}/<month>", roles=READERS, view=schemas.BulletinView)
    def bulletin(self, call: Call) -> Json:
        return self.app.document(BULLETINS, call.path["month"], call)


def _places(ranks: list[Rank]) -> tuple[Place, ...]:
    return tuple(Place(one.rank, one.staff_id, one.unit_id, one.points_milli) for one in ranks)
