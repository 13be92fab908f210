"""The ledger room as a browser sees it: forms sent back as they stand, lists, rows read with every eye."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from labour.models import EmploymentSpell, Person


class Inputs(HTMLParser):
    """What a browser would send back of the record's form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "input" and name and told.get("type") not in {"submit", "checkbox", "radio"}:
            self.values[name] = told.get("value") or ""
        elif tag == "input" and name and told.get("type") == "checkbox" and "checked" in told:
            self.values[name] = "on"
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in told:
            self.values[self.select] = told.get("value") or ""


def opened(client: Client, row: Any) -> dict[str, str]:
    """The form of a row as it stands on the page."""
    response = client.get(address(row))
    assert response.status_code == 200
    inputs = Inputs()
    inputs.feed(response.content.decode().split("_form")[1])
    inputs.values.pop("csrfmiddlewaretoken", None)
    return inputs.values


def address(row: Any, what: str = "change") -> str:
    return reverse(f"admin:labour_{row._meta.model_name}_{what}", args=[row.pk])


def listed(client: Client, model: str, **query: str) -> str:
    response = client.get(reverse(f"admin:labour_{model}_changelist"), query)
    assert response.status_code == 200
    return str(response.content.decode().split('id="result_list"')[-1])


def stored(row: Any) -> Any:
    """The row, read with eyes that see everything."""
    with open_scope(Scope(*EVERYWHERE)):
        return type(row).objects.get(pk=row.pk)


def stored_spell(person: Person) -> EmploymentSpell:
    with open_scope(Scope(*EVERYWHERE)):
        return EmploymentSpell.objects.get(person=person)
