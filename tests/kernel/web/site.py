"""A site of four pages for testing the shell alone: navigation, views behind `page`, addresses the layout looks for."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from kernel.web.navigation import NavItem
from kernel.web.pages import PUBLIC, SIGNED_IN, page

NAVIGATION = (
    NavItem("待办", "inbox", "web.view_dashboard", phone=True),
    NavItem("名册", "roster", "labour.view_person", phone=True),
    NavItem("村名册", "roster-village", "labour.view_person", phone=True),
    NavItem("岗位", "posts", "posts.view_post", phone=True),
    NavItem("我的", "mine", "web.view_dashboard", phone=True),
    NavItem("后台", "office", "web.enter_admin"),
)
LOST = (NavItem("无处", "nowhere", "web.view_dashboard"), NavItem("无权", "inbox", "view"))
FOREIGN = ("待办",)


@dataclass(frozen=True)
class Place:
    """A division as breadcrumbs see it."""

    code: int
    name: str
    parent: Place | None = None


@dataclass(frozen=True)
class Post:
    """An appointment as the layout sees it."""

    pk: int
    division: Place
    title: str

    def get_role_display(self) -> str:
        return self.title


class Official:
    """A signed-in user with a fixed set of permissions."""

    is_authenticated = True
    pk = 7

    def __init__(self, *permissions: str, posts: tuple[Post, ...] = ()) -> None:
        self.permissions = set(permissions)
        self.posts = posts
        self.acting = posts[0] if posts else None

    def has_perm(self, perm: str) -> bool:
        return perm in self.permissions

    def appointments_today(self) -> tuple[Post, ...]:
        return self.posts

    def get_username(self) -> str:
        return "wangjie"

    def get_full_name(self) -> str:
        return "王姐"


COUNTY = Place(410726000000, "延津县")
TOWN = Place(410726101000, "东屯镇", COUNTY)
VILLAGE = Place(410726101203, "示例村", TOWN)


@page(permission="labour.view_person", writes="labour.change_person")
def roster(request: HttpRequest) -> HttpResponse:
    return render(request, "web/form.html", {"title": "名册", "form": None})


@page(permission=SIGNED_IN)
def mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine")


@page(permission=PUBLIC)
def welcome(request: HttpRequest) -> HttpResponse:
    return HttpResponse("welcome")


account = [path(f"{name}/", mine, name=name) for name in ("login", "logout", "switch", "set_language")]
urlpatterns = [
    path("", welcome, name="inbox"),
    path("roster/", roster, name="roster"),
    path("roster/village/", roster, name="roster-village"),
    path("posts/", mine, name="posts"),
    path("mine/", mine, name="mine"),
    path("office/", mine, name="office"),
    path("", include((account, "accounts"))),
]
