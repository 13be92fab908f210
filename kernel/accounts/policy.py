"""The security policy in force, remembered for a few seconds: every request asks for it."""

from __future__ import annotations

import time

from kernel.accounts.models import SecurityPolicy

REMEMBERED_SECONDS = 5.0
_remembered: list[tuple[float, SecurityPolicy]] = []


def policy_now() -> SecurityPolicy:
    """The policy of today; a change of it counts within five seconds in every process."""
    moment = time.monotonic()
    if _remembered and moment - _remembered[0][0] < REMEMBERED_SECONDS:
        return _remembered[0][1]
    policy = SecurityPolicy.now()
    _remembered[:] = [(moment, policy)]
    return policy


def forget_policy() -> None:
    """Read the policy anew at the next question: called after a change, and between tests."""
    _remembered.clear()
