"""``LIANDONG_AMQP_URI`` may name the nodes of a cluster: one that is away keeps nobody out."""

import pika
import pytest

from shared.runtime.broker import parameters, refuse_wrong_password
from shared.runtime.config import BadSettings
from tests.shared.bank import free_port


def test_every_address_is_tried_in_an_order_by_chance():
    addresses = ",".join(f"amqp://li:secret@10.0.0.{n}:5672/%2F" for n in range(1, 4))
    orders = {tuple(one.host for one in parameters(addresses)) for _ in range(200)}
    assert len(orders) == 6
    assert all(one.heartbeat and one.socket_timeout and one.stack_timeout for one in parameters(addresses))


@pytest.mark.stack
def test_a_node_that_is_away_keeps_nobody_out(servers):
    addresses = f"amqp://li:secret@127.0.0.1:{free_port()}/%2F, {servers.amqp_uri}"
    refuse_wrong_password(addresses)
    for _ in range(5):
        pika.BlockingConnection(parameters(addresses)).close()


def test_an_address_that_is_none_is_refused_in_one_line():
    with pytest.raises(BadSettings, match="LIANDONG_AMQP_URI"):
        refuse_wrong_password("amqp://127.0.0.1:5672/%2F,amqp://127.0.0.1:many/")
