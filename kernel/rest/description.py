"""The interface describes itself: the OpenAPI document, and a page to read and try it. Neither holds any data."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

from kernel.rest.parameters import read_parameters
from kernel.rest.permissions import PUBLIC
from kernel.rest.renderers import JsonOnly

SCHEMA_MEDIA_TYPE = "application/vnd.oai.openapi+json"


@lru_cache(maxsize=1)
def schema_document() -> bytes:
    """The OpenAPI document in Chinese, made once a process: it depends on code only."""
    with translation.override("zh-hans"):
        return orjson.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)


@extend_schema(exclude=True)
class SchemaView(APIView):
    """The document as JSON. Public: departments write their clients from it before they have a client id."""

    permission = scope = PUBLIC
    content_negotiation_class = JsonOnly
    http_method_names = ["get", "head"]
    metadata_class = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """One format whatever is asked: tools send many names for it."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def get(self, request: Request) -> HttpResponse:
        """The whole document."""
        read_parameters(request._request.GET, ())
        headers = {"Content-Disposition": 'inline; filename="yanjin-openapi.json"'}
        return HttpResponse(schema_document(), content_type=SCHEMA_MEDIA_TYPE, headers=headers)


@extend_schema(exclude=True)
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files; page and script apart, because the content policy forbids inline scripts."""

    permission = scope = PUBLIC
    url_name = "api-schema"
    template_name = "rest/swagger.html"
    http_method_names = ["get", "head"]
    metadata_class = None
