"""The whole story, in its order."""

import json
from pathlib import Path

import yaml

import services.incentives
from infra.demo import corporate, money, retail
from infra.demo.stage import Stage
from infra.public import Json

PLAN = Path(services.incentives.__file__).parent / "plans" / "ebank-2026.yaml"


def default_plan() -> Json:
    return dict(json.loads(json.dumps(yaml.safe_load(PLAN.read_text(encoding="utf-8")), default=str)))


def play(stage: Stage, bank_files: Path) -> None:
    """Raises ``Unexpected`` at the first thing that does not hold."""
    plan = default_plan()
    corporate.load_the_bank(stage, bank_files)
    money.activate_the_plan(stage, plan)
    corporate.agree_on_a_joint_lead(stage)
    corporate.win_and_open(stage)
    retail.spawn(stage)
    retail.work(stage)
    retail.burst(stage)
    money.close_september(stage)
    money.autumn(stage)
    money.late_fact(stage)
    money.what_if(stage, plan)
