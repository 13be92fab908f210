"""The web entry: refuses to serve when the database role could look over the wall."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yanjin.settings")

application = get_wsgi_application()

from kernel.wall.posture import require_plain_role  # noqa: E402 -- intended: Django must be set up first

require_plain_role()
