"""Templates obey the strict content policy, and the layout says who acts where."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from pytest_django.fixtures import Settings

import kernel.web
from kernel.web.keyset import KeysetPage
from kernel.web.tables import Cell, Column, Table
from tests.kernel.web.site import TOWN, VILLAGE, Official, Post

ROOT = Path(kernel.web.__file__).parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
Asked = Callable[..., HttpRequest]
POSTS = (Post(1, VILLAGE, "村级信息员"), Post(2, TOWN, "乡镇专干"))


class Policy(HTMLParser):
    """Collects whatever a content policy of 'self' would refuse."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.headings = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.headings += tag == "h1"
        self.refused += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.refused.append(tag)
        loaded = [names.get(name) for name in ("src", "href", "action", "data")]
        self.refused += [value for value in loaded if value and re.match(r"(https?:)?//|javascript:", value)]


class ChangeForm(forms.Form):
    name = forms.CharField(label="姓名")
    willing = forms.BooleanField(label="愿意", required=False)
    place = forms.ChoiceField(label="地点", choices=[("1", "浙江")], widget=forms.RadioSelect)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_more_than_self(path: Path) -> None:
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", path.read_text(), flags=re.DOTALL)
    assert Policy(source).refused == []


def test_the_layout_names_place_and_role_and_offers_the_switch(asked: Asked) -> None:
    user = Official("web.view_dashboard", "labour.view_person", "web.enter_admin", posts=POSTS)
    text = render_to_string("web/form.html", {"title": "名册", "form": None}, request=asked("/roster/", user))
    assert 'lang="zh-CN"' in text
    assert ("示例村" in text, "村级信息员" in text) == (True, True)
    assert '<option value="2">东屯镇 · 乡镇专干</option>' in text
    assert '<a href="/roster/" aria-current="page">名册</a>' in text
    assert 'class="phone-bar"' in text
    assert "意见反馈" not in text
    assert Policy(text).headings == 1
    assert Policy(text).refused == []


def test_one_appointment_offers_no_switch_and_a_stranger_sees_no_menu(asked: Asked) -> None:
    alone = render_to_string("web/form.html", {"title": "x"}, request=asked("/", Official(posts=POSTS[:1])))
    assert "切换岗位" not in alone
    stranger = asked("/", type("Stranger", (), {"is_authenticated": False})())
    assert "account" not in render_to_string("web/form.html", {"title": "x"}, request=stranger)


def test_the_ribbon_is_there_in_the_demo_only(asked: Asked, settings: Settings) -> None:
    assert "ribbon" not in render_to_string("404.html", request=asked("/"))
    settings.YANJIN_MODE, settings.DEMO_TODAY = "demo", "2020-06-29"
    assert "演示数据 · 全部虚构 · 演示日期 2020-06-29" in render_to_string("404.html", request=asked("/"))


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_pages_need_no_context_at_all(code: str) -> None:
    page = Policy(render_to_string(f"{code}.html"))
    assert (page.headings, page.refused) == (1, [])


def test_the_not_found_page_says_the_same_for_missing_and_forbidden() -> None:
    assert "没有找到，或不在您的管辖范围" in render_to_string("404.html")


def test_wrong_fields_are_summed_up_with_the_same_words_and_a_link(asked: Asked) -> None:
    form = ChangeForm({"place": "9"})
    text = render_to_string("web/form.html", {"title": "变更", "form": form}, request=asked("/"))
    assert '<a href="#id_name">姓名：' in text
    assert text.count(form.errors["name"][0]) == 2
    assert 'aria-invalid="true"' in text
    assert "<legend>地点" in text


def test_the_sign_in_page_lists_the_demo_accounts_only_when_given(asked: Asked) -> None:
    login = {"role": "村级信息员", "division": "示例村", "username": "village", "password": "Yanjin-2020!"}
    shown = render_to_string("registration/login.html", {"form": ChangeForm(), "demo_logins": [login]}, asked("/"))
    assert 'data-fill-username="village"' in shown
    assert "演示账号" not in render_to_string("registration/login.html", {"form": ChangeForm()}, asked("/"))


def test_a_table_has_scopes_and_totals() -> None:
    table = Table(
        "各乡镇",
        [Column("乡镇"), Column("人数", numeric=True), Column("状态", minor=True)],
        [[Cell("东屯镇", href="/d/1/"), Cell("1,204"), Cell("未报", tone="warn")]],
        [Cell("合计"), Cell("1,204"), Cell("")],
    )
    text = render_to_string("web/table.html", {"table": table})
    assert '<th scope="row"><a href="/d/1/">东屯镇</a></th>' in text
    assert '<span class="tag warn">未报</span>' in text
    assert '<tfoot><tr><th scope="row">合计</th>' in text
    with pytest.raises(ValueError, match="2 cells"):
        Table("x", [Column("a")], [[Cell(1), Cell(2)]])


def test_the_pager_keeps_filters_and_says_when_the_list_ends(asked: Asked) -> None:
    first = render_to_string("web/pager.html", {"page": KeysetPage([], "tok", first=True)}, asked("/roster/?q=wang"))
    assert 'href="?q=wang&amp;after=tok"' in first
    assert "回到第一页" not in first
    last = render_to_string("web/pager.html", {"page": KeysetPage([], None, first=False)}, asked("/?q=a&after=t"))
    assert 'href="?q=a"' in last
    assert "已到最后" in last


def test_progress_is_readable_without_script() -> None:
    text = render_to_string("web/progress.html", {"label": "导入", "done": 1234, "total": 4064, "poll": "/jobs/7/"})
    assert "已处理 1,234 / 4,064" in text
    assert 'max="4064" value="1234"' in text
    assert "等待开始" in render_to_string("web/progress.html", {"label": "导入", "done": 0, "total": 0})


def test_the_language_switch_names_the_other_language(asked: Asked) -> None:
    with translation.override("en"):
        text = render_to_string("registration/login.html", {"form": ChangeForm()}, asked("/"))
    assert 'lang="en"' in text
    assert "简体中文" in text


def test_style_sheets_stay_small() -> None:
    sheets = [ROOT / "static" / "web" / name for name in ("tokens.css", "shell.css")]
    assert sum(sheet.stat().st_size for sheet in sheets) < 16 * 1024
