"""A real browser, where there is one: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox"]  # Tests run as root, and its sandbox does not.

UNFINISHED = "status of 422"  # What a browser says of a form that lacks something.

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium here (`apt-get install chromium`)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Opens a page with the options of a browser context. None of its pages may log an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(**options: object) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.extend(_error(message)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors


def _error(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type == "error" and UNFINISHED not in message.text else []
