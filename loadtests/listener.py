"""An outside system that listens to all events over AMQP, and how long after it was recorded each one is heard."""

import json
import logging
import os
from datetime import UTC, datetime

import pika
from locust import User, task
from locust.exception import StopUser

# pika tells of every connection in many lines; only its warnings are for somebody who looks at figures.
logging.getLogger("pika").setLevel(logging.WARNING)
SERVICES = ("registry", "leads", "bundling", "linkage", "compliance", "incentives")


class Listener(User):
    fixed_count = 1

    def on_start(self) -> None:
        uri = os.environ.get("LOAD_AMQP_URI")
        if uri is None:
            raise StopUser("LOAD_AMQP_URI names the broker: `make load` sets it")
        self._connection = pika.BlockingConnection(pika.URLParameters(uri))
        self._channel = self._connection.channel()
        queue = self._channel.queue_declare(queue="", exclusive=True, auto_delete=True).method.queue
        for service in SERVICES:
            self._channel.queue_bind(queue=queue, exchange=f"{service}.events", routing_key="#")
        self._messages = self._channel.consume(queue, auto_ack=True, inactivity_timeout=1.0)

    def on_stop(self) -> None:
        self._connection.close()

    @task
    def hear(self) -> None:
        method, _, body = next(self._messages)
        if method is None:
            return
        event = json.loads(body)
        heard = datetime.now(UTC) - datetime.fromisoformat(event["time"])
        self.environment.events.request.fire(
            request_type="AMQP",
            name=f"{event['source']}: recorded to heard",
            response_time=heard.total_seconds() * 1000,
            response_length=len(body),
            exception=None,
            context={},
        )
