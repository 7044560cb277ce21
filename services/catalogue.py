"""Every event of the system, by service: what the codecs, the documents and the golden files are made from."""

from typing import get_args

from services.bundling import events as bundling
from services.compliance import events as compliance
from services.incentives import events as incentives
from services.leads import events as leads
from services.linkage import events as linkage
from services.registry import events as registry
from shared.core.event import Event
from shared.core.upcasting import Upcasts

EVENTS: dict[str, tuple[type[Event], ...]] = {
    "registry": get_args(registry.RegistryEvent),
    "leads": get_args(leads.LeadsEvent),
    "bundling": get_args(bundling.BundlingEvent),
    "linkage": get_args(linkage.LinkageEvent),
    "compliance": get_args(compliance.ComplianceEvent),
    "incentives": get_args(incentives.IncentiveEvent),
}

UPCASTS: dict[str, Upcasts] = {
    "registry": registry.UPCASTS,
    "leads": leads.UPCASTS,
    "bundling": bundling.UPCASTS,
    "linkage": linkage.UPCASTS,
    "compliance": compliance.UPCASTS,
    "incentives": incentives.UPCASTS,
}
