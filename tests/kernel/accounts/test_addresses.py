"""Where a request comes from: our proxies are believed, callers are not."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kernel.accounts.addresses import address_allowed, client_address


def address(settings: Any, proxies: int, forwarded: str, remote: str = "192.0.2.1") -> str:
    settings.PROXY_COUNT = proxies
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "10.0.0.1", "192.0.2.1"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 10.0.0.1", "10.0.0.1"),
        (2, "6.6.6.6, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "not-an-address", ""),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings: Any, proxies: int, forwarded: str, seen: str) -> None:
    assert address(settings, proxies, forwarded) == seen


@given(st.text(max_size=60))
def test_nonsense_never_breaks_and_never_fits_a_network(text: str) -> None:
    assert address_allowed(text, []) is True
    assert address_allowed(f"x{text}", ["10.0.0.0/8"]) is False


@given(st.ip_addresses(v=4))
def test_every_address_fits_its_own_network_and_the_whole(here: Any) -> None:
    assert address_allowed(str(here), [f"{here}/32"])
    assert address_allowed(str(here), ["0.0.0.0/0"])
    assert not address_allowed(str(here), ["2001:db8::/32"])
