"""The second factor: enrolling a code generator, and checking its codes."""

from __future__ import annotations

import base64
import io
from binascii import unhexlify
from urllib.parse import quote

import qrcode
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key
from qrcode.image.svg import SvgPathImage

from kernel.accounts.authority import working
from kernel.accounts.models import User
from kernel.audit.services import record

NEW_KEY = "accounts.totp_key"
"""Session key of a secret that waits for its first code; stored as a device once a code has proved it."""


def check_code(user: User, code: str) -> TOTPDevice | None:
    """The device that accepted the code; None when none did.

    A wrong code slows the next tries down, a right one works once.
    """
    with transaction.atomic():
        for device in TOTPDevice.objects.select_for_update().filter(user_id=user.pk, confirmed=True):
            if device.verify_token(code.strip()):
                return device
    return None


def waiting_key(session: SessionBase) -> str:
    """The secret being enrolled in this session, in hex; made on first use."""
    key: str = session.setdefault(NEW_KEY, default_key())
    return key


def enrol(*, user: User, session: SessionBase, code: str) -> TOTPDevice | None:
    """Store the waiting secret as the user's device when the code fits; None when it does not."""
    key = waiting_key(session)
    if not TOTP(unhexlify(key)).verify(int(code), tolerance=1):
        return None
    with working(user):
        device = TOTPDevice.objects.create(user_id=user.pk, name="totp", key=key, confirmed=True)
        device.verify_token(code)  # marks this code as used
        record("second_factor.enrolled", obj=user)
    del session[NEW_KEY]
    return device


def remove_devices(*, user: User) -> None:
    """The user's own switching off, after a code."""
    with working(user):
        count, _each = TOTPDevice.objects.filter(user_id=user.pk).delete()
        record("second_factor.removed", obj=user, rows=count)


def secret_text(key: str) -> str:
    """The secret for typing: base32 in groups of four."""
    text = base64.b32encode(unhexlify(key)).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_image(user: User, key: str) -> str:
    """The enrolment code as a `data:` image, which the content policy allows."""
    issuer = quote(_("延津就业帮扶"))
    secret = base64.b32encode(unhexlify(key)).decode().rstrip("=")
    url = f"otpauth://totp/{issuer}:{quote(user.username)}?secret={secret}&issuer={issuer}&digits=6&period=30"
    picture = io.BytesIO()
    qrcode.make(url, image_factory=SvgPathImage, border=2).save(picture)
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()
