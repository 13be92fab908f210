"""Views behind `page`: sign-in, permission with a readable reason, no caching, and a registry of all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from kernel.web.pages import Breadcrumb, action_text, breadcrumbs, page, registered_pages
from tests.kernel.web.site import COUNTY, TOWN, VILLAGE, Official, Place, Post, mine, roster, welcome

Asked = Callable[..., HttpRequest]


def test_a_stranger_is_sent_to_sign_in_and_back(asked: Asked) -> None:
    answer = roster(asked("/roster/?q=1", AnonymousUser()))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?next=/roster/%3Fq%3D1")


def test_public_pages_ask_nobody(asked: Asked) -> None:
    assert welcome(asked("/", AnonymousUser())).status_code == 200


def test_pages_for_everybody_signed_in(asked: Asked) -> None:
    assert mine(asked("/mine/", Official())).status_code == 200
    assert mine(asked("/mine/", AnonymousUser())).status_code == 302


def test_a_missing_permission_is_refused_with_role_and_deed(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    user = Official(posts=(Post(1, VILLAGE, "村级信息员"),))
    with pytest.raises(PermissionDenied, match="您当前的岗位“村级信息员”不能"):
        roster(asked("/roster/", user))
    assert "permission=labour.view_person user=7" in caplog.text


def test_writing_asks_for_more_than_reading(asked: Asked) -> None:
    reader = Official("labour.view_person")
    writer = Official("labour.view_person", "labour.change_person")
    assert roster(asked("/roster/", reader)).status_code == 200
    with pytest.raises(PermissionDenied):
        roster(asked("/roster/", reader, method="POST"))
    assert roster(asked("/roster/", writer, method="POST")).status_code == 200


def test_nothing_is_kept_by_a_cache(asked: Asked) -> None:
    answer = roster(asked("/roster/", Official("labour.view_person")))
    assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].replace(" ", "").split(","))


def test_every_wrapped_view_is_listed_with_its_permission() -> None:
    declared = {
        each.__qualname__: (each.permission, each.writes)
        for each in registered_pages()
        if each.__module__.startswith("tests.")  # the real pages may be loaded, too
    }
    assert declared["roster"] == ("labour.view_person", "labour.change_person")
    assert declared["mine"] == ("signed_in", "")


def test_a_permission_that_is_not_one_is_refused_when_the_module_loads() -> None:
    with pytest.raises(ValueError, match=r"app\.codename"):
        page(permission="view_person")


def test_permissions_read_as_deeds() -> None:
    assert action_text("accounts.view_user") == "查看用户"
    assert action_text("subsidies.recalculate") == "进行这项操作"


def address(place: Place) -> str:
    return f"/d/{place.code}/"


def test_breadcrumbs_lead_down_and_end_on_the_page_itself() -> None:
    assert breadcrumbs(VILLAGE, address) == [
        Breadcrumb("延津县", "/d/410726000000/"),
        Breadcrumb("东屯镇", "/d/410726101000/"),
        Breadcrumb("示例村"),
    ]


def test_breadcrumbs_begin_at_the_users_own_place() -> None:
    way = breadcrumbs(VILLAGE, address, Breadcrumb("名册"), top=TOWN.code)
    assert [step.label for step in way] == ["东屯镇", "示例村", "名册"]
    assert [step.url for step in way] == ["/d/410726101000/", "/d/410726101203/", ""]
    assert breadcrumbs(COUNTY, address) == [Breadcrumb("延津县")]
