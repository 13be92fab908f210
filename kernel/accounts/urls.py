"""Addresses of the account pages and of the token endpoint."""

from __future__ import annotations

from django.urls import path

from kernel.accounts import oauth, views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.code, name="code"),
    path("logout/", views.logout, name="logout"),
    path("account/password/", views.password_change, name="password_change"),
    path("account/second-factor/", views.totp, name="totp"),
    path("account/switch/", views.switch, name="switch"),
    path("account/language/", views.set_language, name="set_language"),
    path("api/v1/oauth/token/", oauth.token, name="token"),
]
