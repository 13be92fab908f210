"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Address of the caller as text, or "".

    `X-Forwarded-For` counts only as far as our own proxies wrote it (`PROXY_COUNT`, 0 = none): the rest is the
    caller's word.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    proxies = int(getattr(settings, "PROXY_COUNT", 0))
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        address = hops[-proxies] if len(hops) >= proxies else address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def address_allowed(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of the networks; an empty list allows all, an unknown address fits none."""
    if not networks:
        return True
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in ipaddress.ip_network(network, strict=False) for network in networks)
