"""A real browser before the real stack. The stack is the one that the system tests share."""

import pytest
from playwright.sync_api import sync_playwright

from infra.demo.story import play

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def played(stack):
    """The stack with the story in it: a joint lead won, leads spawned from it, a statement sealed."""
    if stack.connected.client["desk"]["hr_desk"].find_one() is None:
        play(stack.stage, stack.bank_files())
    return stack
