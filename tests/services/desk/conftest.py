"""The desk's application on a real MongoDB that holds the story, with a real HTTP server where the API would be."""

import pytest

from services.desk.web import close, create_app
from tests.services.desk.bank import Browser, Front, StoryBank, prepare_secrets, settings_for


@pytest.fixture(scope="module")
def bank(mongo):
    bank = StoryBank(mongo)
    yield bank
    bank.close()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("secrets")
    prepare_secrets(directory)
    return directory


@pytest.fixture(scope="module")
def running_front(secrets):
    front = Front(secrets)
    yield front
    front.close()


@pytest.fixture
def front(running_front):
    running_front.reset()
    return running_front


@pytest.fixture(scope="module")
def make_app(bank, servers):
    """An application with other secrets, or another front door."""
    made = []

    def make(secrets, url="http://127.0.0.1:9"):
        made.append(create_app(settings_for(servers, secrets, url)))
        return made[-1]

    yield make
    for app in made:
        close(app)


@pytest.fixture(scope="module")
def app(make_app, secrets, running_front):
    return make_app(secrets, running_front.url)


@pytest.fixture
def browser(app):
    return lambda staff_id=None, language="en": (
        Browser(app, language).sign_in(staff_id) if staff_id else Browser(app, language)
    )
