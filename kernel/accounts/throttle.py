"""Counting calls per minute in the cache. A cache that is down lets calls through: it must not stop the office."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger("kernel.accounts.throttle")


def allow(key: str, per_minute: int) -> bool:
    """Whether one more call under this key is within the limit of the running minute."""
    name = f"throttle:{key}:{int(time.time() // 60)}"
    try:
        cache.add(name, 0, timeout=120)
        return bool(cache.incr(name) <= per_minute)
    except (RedisError, OSError, ValueError):
        logger.warning("throttle not counted: the cache does not answer")
        return True
