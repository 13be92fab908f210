"""The shell is tested on its own small site, without the upper floors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from tests.kernel.web.site import Official


@pytest.fixture
def site(settings: Settings) -> None:
    """Addresses and navigation of `tests/kernel/web/site.py`."""
    settings.ROOT_URLCONF = "tests.kernel.web.site"
    settings.NAVIGATION = "tests.kernel.web.site.NAVIGATION"


@pytest.fixture
def asked(site: None) -> Callable[..., HttpRequest]:
    """`asked("/roster/", user, method="POST")` -> a request as views receive it."""

    def make(path: str, user: object = None, method: str = "GET") -> HttpRequest:
        request = RequestFactory().generic(method, path)
        request.user = user or Official()  # type: ignore[assignment]
        request.session = SessionStore()
        request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
        return request

    return make
