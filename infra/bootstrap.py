"""What a fresh stack needs besides processes: first what they rely on, then what their users want to see."""

import json
from collections.abc import Mapping
from pathlib import Path

from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from infra.connected import connected, remember
from infra.demo.money import activate_the_plan
from infra.demo.stage import Stage
from infra.demo.story import default_plan
from infra.demo_bank import cast as people
from infra.demo_bank.write import write
from infra.stack.context import Context
from services.catalogue import EVENTS, UPCASTS
from shared.runtime.auth import Principal, make_identity_keys
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs

SEED = 7
"""The one demo bank that everybody sees; another seed makes another bank."""
console = Console(highlight=False)
