"""``python -m yanjin.demo``: start everything, print the address and the logins, stay until Ctrl-C."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from yanjin.demo import console
from yanjin.demo.supervisor import Supervisor
from yanjin.environment import BASE_DIR, read


def main() -> int:
    logging.basicConfig(format="      %(message)s", level=logging.WARNING)
    console.speak_utf8()
    try:
        var, port = Path(str(read("YANJIN_VAR"))).absolute(), int(str(read("YANJIN_PORT")))
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    return Supervisor(base=BASE_DIR, var=var, port=port).run()


if __name__ == "__main__":
    sys.exit(main())
