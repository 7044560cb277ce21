"""The faults, by name. Each breaks one thing, says what it was, and mends it."""

from infra.chaos.faults.base import Fault
from infra.chaos.faults.clocks import CLOCKS
from infra.chaos.faults.crashes import CRASHES
from infra.chaos.faults.cuts import CUTS
from infra.chaos.faults.freezes import FREEZES
from infra.chaos.faults.kills import KILLS
from infra.chaos.faults.messages import MESSAGES
from infra.chaos.faults.outages import OUTAGES

FAULTS: dict[str, Fault] = {
    fault.name: fault for fault in (*KILLS, *CRASHES, *CUTS, *FREEZES, *OUTAGES, *MESSAGES, *CLOCKS)
}
