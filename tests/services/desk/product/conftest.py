"""People of the product screens, and a front door that tells them something on every page."""

import pytest

from tests.services.desk.bank import prepare_secrets
from tests.services.desk.product import told


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("secrets")
    prepare_secrets(directory, told.CAST)
    return directory


@pytest.fixture
def front(running_front):
    running_front.reset()
    told.tell_all(running_front)
    return running_front
