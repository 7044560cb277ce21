"""Servers that the bank runs itself: asked once, at the start, whether they can serve us."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pika
from environs import ValidationError
from pika.exceptions import AMQPError, ProbableAuthenticationError
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from infra.stack.broken import Broken
from shared.runtime.config import must_be_brokers, must_be_database

PATIENCE = 5  # seconds to wait for an answer


def check_mongo(uri: str) -> None:
    place = _place("MONGO_URI", uri, must_be_database)
    client: MongoClient[dict[str, Any]]
    try:
        with MongoClient(uri, serverSelectionTimeoutMS=PATIENCE * 1000) as client:
            hello = client.admin.command("hello")
            client.admin.command("listDatabases", nameOnly=True)
    except OperationFailure as error:
        raise Broken(f"{place} refuses us: {error.details.get('errmsg', error) if error.details else error}") from error
    except ConfigurationError as error:
        raise Broken(f"{place} is not usable: {error}") from error
    except PyMongoError as error:
        raise Broken(f"{place} does not answer: is MongoDB running there?") from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise Broken(f"{place} is no replica set: transactions and change streams need one")


def check_amqp(uri: str) -> None:
    place = _place("AMQP_URI", uri, must_be_brokers)
    if not uri.startswith(("amqp://", "amqps://")):
        raise Broken(f"{place} is not usable: it must begin with amqp:// or amqps://")
    try:
        parameters = pika.URLParameters(uri)
        parameters.socket_timeout = parameters.stack_timeout = PATIENCE
        parameters.heartbeat, parameters.blocked_connection_timeout = 30, 30
        pika.BlockingConnection(parameters).close()
    except ProbableAuthenticationError as error:
        raise Broken(f"{place} refuses this user name and password") from error
    except (AMQPError, OSError) as error:
        raise Broken(f"{place} does not answer: is RabbitMQ running there?") from error
    except ValueError as error:
        raise Broken(f"{place} is not usable: {error}") from error


def _place(name: str, uri: str, readable: Callable[[str], None]) -> str:
    """The setting and the server, without the password: where that cannot be told apart, nothing is quoted."""
    try:
        readable(uri)
        parts = urlsplit(uri)
    except ValidationError as error:
        raise Broken(f"{name} is {error}") from None
    except ValueError:
        return name
    return f"{name} ({parts.scheme}://{parts.netloc.rpartition('@')[2]})"
