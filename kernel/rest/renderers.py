"""JSON in and out through orjson: fast, UTF-8, strict about depth, NaN and lone surrogates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.http.request import RawPostDataException
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from kernel.rest.problems import refuse

OPTIONS = orjson.OPT_NON_STR_KEYS


class OrjsonRenderer(BaseRenderer):
    """The only format served. There is no browsable page: it would be one more door to guard."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Bytes; an empty body for no data. Lazy translations become text."""
        return b"" if data is None else orjson.dumps(data, default=str, option=OPTIONS)


class OrjsonParser(BaseParser):
    """Reads a JSON body. Deep nesting, NaN, wrong encodings and lone surrogates are refused, not guessed."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of the body; a 400 problem with the position where reading stopped."""
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise refuse(
                "#",
                "malformed",
                _("请求内容不是合法的 JSON（第 %(line)s 行第 %(column)s 列）"),
                line=error.lineno,
                column=error.colno,
            ) from error
        except RawPostDataException as error:  # the body was read before as a form
            raise refuse("#", "malformed", _("请求内容不是合法的 JSON")) from error


class JsonOnly(DefaultContentNegotiation):
    """Obeys `Accept`, but knows no `?format=`: an unknown parameter is refused like any other."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer that `Accept` allows; 406 when none."""
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        chosen: BaseRenderer = renderers[0]
        if any(_covers(part, chosen.media_type or "") for part in accepted.split(",")):
            return chosen, chosen.media_type or ""
        for renderer in renderers[1:]:
            if any(_covers(part, renderer.media_type or "") for part in accepted.split(",")):
                return renderer, renderer.media_type or ""
        raise NotAcceptable(available_renderers=renderers)


def _covers(part: str, media_type: str) -> bool:
    wanted = part.split(";", maxsplit=1)[0].strip().lower()
    return wanted in ("*/*", "", media_type.lower(), media_type.split("/", maxsplit=1)[0].lower() + "/*")
