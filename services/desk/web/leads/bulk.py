"""One wish for several leads at once, each done or refused by itself."""

from dataclasses import dataclass, field
from urllib.parse import quote

from services.desk.web.labels import label
from services.desk.web.leads.wishes import Form
from services.desk.web.view import new_key
from services.desk.web.wish import Done, wish
from services.desk.web.words import ngettext, text

WISHES = ("accept", "claim")
MOST = 25
"""A page's worth."""


@dataclass
class Outcome:
    done: int = 0
    position: str | None = None
    refused: list[str] = field(default_factory=list)

    def told(self) -> str:
        """How many were done; of those that were not, why the first was not."""
        if not self.done and not self.refused:
            return text("Nothing was chosen. Tick the leads first.")
        said = ngettext("%(num)d lead done.", "%(num)d leads done.", self.done)
        if self.refused:
            rest = ngettext(
                "%(num)d not done: %(why)s",
                "%(num)d not done, the first of them: %(why)s",
                len(self.refused),
                why=self.refused[0],
            )
            said = f"{said} {rest}"
        return said


def wish_each(name: str, form: Form) -> Outcome:
    """The leads in ``lead``, for acceptance each with the proposal that was shown, ``<id>@<proposal>``. Sent again
    under the same key, each is still done once.
    """
    key, outcome = form.get("key") or new_key(), Outcome()
    for chosen in form.getlist("lead")[:MOST]:
        lead_id, _, proposal = chosen.partition("@")
        body = {"proposal": int(proposal)} if name == "accept" and proposal.isdecimal() else {}
        told = wish(
            name, f"/api/leads/{quote(lead_id, safe='')}/{name}", body, about=lead_id, key=f"{key}.{lead_id}"[:128]
        )
        if isinstance(told, Done):
            outcome.done += 1
            outcome.position = told.position
        else:
            known = label("refusal", told.code)
            outcome.refused.append(f"{lead_id}: {told.detail if known == told.code else known}")
    return outcome
