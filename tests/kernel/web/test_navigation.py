"""Navigation shows what a permission opens, marks where we stand, and is checked at start-up."""

from __future__ import annotations

import pytest
from django.test import override_settings

from kernel.web.checks import check_navigation
from kernel.web.navigation import configured_navigation, links, navigation_for, phone_bar
from tests.kernel.web.site import Official

pytestmark = pytest.mark.usefixtures("site")
SITE = "tests.kernel.web.site"
EVERYTHING = Official("web.view_dashboard", "labour.view_person", "posts.view_post", "web.enter_admin")


def test_only_permitted_entries_are_shown_in_the_configured_order() -> None:
    assert [item.label for item in navigation_for(Official("web.view_dashboard"))] == ["待办", "我的"]
    assert navigation_for(Official()) == []
    assert len(navigation_for(EVERYTHING)) == 6


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", ["待办"]), ("/roster/17/", ["名册"]), ("/roster/village/", ["村名册"]), ("/elsewhere/", [])],
)
def test_the_entry_that_leads_furthest_is_current(path: str, current: list[str]) -> None:
    assert [entry.label for entry in links(navigation_for(EVERYTHING), path) if entry.current] == current


def test_the_phone_bar_holds_the_first_four_phone_entries() -> None:
    entries = links(navigation_for(EVERYTHING), "/")
    assert [entry.label for entry in phone_bar(entries)] == ["待办", "名册", "村名册", "岗位"]


def test_start_up_check_accepts_a_sound_list_and_names_what_is_wrong() -> None:
    assert check_navigation() == []
    with override_settings(NAVIGATION=f"{SITE}.LOST"):
        assert [problem.id for problem in check_navigation()] == ["web.E003", "web.E002"]
    with override_settings(NAVIGATION=f"{SITE}.MISSING"):
        assert [problem.id for problem in check_navigation()] == ["web.E001"]


def test_foreign_entries_are_refused() -> None:
    with override_settings(NAVIGATION=f"{SITE}.FOREIGN"), pytest.raises(TypeError, match="expected NavItem"):
        configured_navigation()
