"""How often one client may ask: a fixed window a minute, counted in the cache."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from kernel.rest.authentication import Caller

logger = logging.getLogger("kernel.rest")

PERIODS = {"sec": 1, "min": 60, "hour": 3600}


@dataclass(frozen=True)
class Allowance:
    """What is left of the current window."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """`RateLimit-*` as departments' clients read them."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class ClientThrottle(BaseThrottle):
    """Counts by client, by user for sessions, by address for the anonymous. A view may cost more than 1 (`weight`).

    A cache that does not answer never blocks a county's work: the request passes and the log says so.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False when the window is used up. Leaves an `Allowance` on the view for the headers."""
        limit, period = _rate()
        window, elapsed = divmod(int(time.time()), period)
        weight = int(getattr(view, "weight", 1))
        try:
            used = _count(f"rest:{_who(request, self)}:{window}", weight, period)
        except (RedisError, OSError) as error:
            logger.warning("throttle passes: the cache does not answer (%s)", type(error).__name__)
            return True
        self._wait = period - elapsed
        view.allowance = Allowance(limit, max(0, limit - used), self._wait)
        return used <= limit

    def wait(self) -> float:
        """Seconds until the next window."""
        return float(self._wait)


def _rate() -> tuple[int, int]:
    number, _slash, period = str(api_settings.DEFAULT_THROTTLE_RATES["client"]).partition("/")
    return int(number), PERIODS[period]


def _who(request: Request, throttle: BaseThrottle) -> str:
    caller = request.auth
    return caller.key if isinstance(caller, Caller) else f"address:{throttle.get_ident(request)}"


def _count(key: str, weight: int, period: int) -> int:
    try:
        return int(cache.incr(key, weight))
    except ValueError:  # first of this window
        cache.add(key, 0, period + 5)
        return int(cache.incr(key, weight))
