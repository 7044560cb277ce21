"""All that can be checked of a stack by computing it again: log and projections, and what each service adds."""

from infra.connected import Connected
from infra.projector import projections
from infra.verify import Check, checks
from services.incentives.verify import checks as incentive_checks
from services.leads.verify import checks as leads_checks
from services.registry.verify import checks as registry_checks


def every_check(here: Connected) -> dict[str, Check]:
    """By a name for people."""
    return {
        **checks(here.client, here.logs, projections()),
        **incentive_checks(here.client, here.logs),
        **registry_checks(here.client["registry"]),
        **leads_checks(here.logs["leads"]),
    }
