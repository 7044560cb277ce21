"""Locust's entry: users at a rate that does not wait for answers (``RATE`` journeys a second over ``USERS``)."""

import json
import os
from pathlib import Path

from locust import HttpUser, constant_throughput, task
from locust.exception import StopUser

from loadtests.journeys import Failed, JointLead

RATE = float(os.environ.get("RATE", "5"))
USERS = int(os.environ.get("USERS", "10"))


class Team(HttpUser):
    """A corporate manager and the retail partner, working leads one after another."""

    wait_time = constant_throughput(RATE / USERS)

    def on_start(self) -> None:
        given = os.environ.get("LOAD_TEAM")
        if given is None:
            raise StopUser("LOAD_TEAM names the file with the team's tokens: `make load` writes it")
        team = json.loads(Path(given).read_text(encoding="utf-8"))
        self.journey = JointLead(self.client, team["corporate"], team["retail"], team["partner"])

    @task
    def joint_lead(self) -> None:
        try:
            self.journey.play()
        except Failed as failed:
            self.environment.events.request.fire(
                request_type="JOURNEY", name="joint lead", response_time=0, response_length=0, exception=failed
            )
