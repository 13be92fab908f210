"""Pages, panels, the recalculation button, the admin's activation: what each login sees and may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kernel.jobs.models import Job
from kernel.wall.scope import Scope
from subsidies.models import Condition, Entitlement, Scheme, Terms
from tests.factories.labour import VILLAGE, EmployerFactory, PersonFactory, SpellFactory, set_up
from tests.factories.subsidies import COUNTY, SchemeFactory, employer_award, outside_award

Acting = Callable[..., AbstractContextManager[Scope]]
As = Callable[..., Client]
TOWNSHIP = VILLAGE - VILLAGE % 1000

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(acting: Acting) -> dict[str, Any]:
    """One entitled person here, one who fails, one entitled elsewhere, one entitled enterprise."""
    with acting(COUNTY):
        set_up(COUNTY)
        terms = outside_award()
        award = employer_award()
        firm = EmployerFactory()
        here, failing = PersonFactory(village_id=VILLAGE), PersonFactory(village_id=VILLAGE)
        SpellFactory(person=here, employer=firm, area="province", wage_fen=205_760)
        SpellFactory(person=failing, area="province", end=dt.date(2019, 1, 1))
        SpellFactory(person=PersonFactory(village_id=410726101203), area="abroad", wage_fen=333_340)
    with acting(VILLAGE):
        entitlement = Entitlement.objects.get().pk
    return {"entitlement": entitlement, "terms": terms, "award": award, "here": here, "failing": failing, "firm": firm}


def test_a_village_sees_its_own_entitled_and_why_the_others_fail(filled: dict[str, Any], client_as: As) -> None:
    page = client_as("village", VILLAGE).get(reverse("subsidies:entitlements")).content.decode()
    assert filled["here"].name in page
    assert "共 1 人，1,234.56 元" in page
    assert "仅此条未满足" in page
    county = client_as("clerk").get(reverse("subsidies:entitlements")).content.decode()
    assert "共 2 人，3,234.60 元" in county


def test_employers_are_listed_for_the_county_and_not_counted_by_a_village(
    filled: dict[str, Any], client_as: As
) -> None:
    url = reverse("subsidies:entitlements") + f"?scheme={filled['award'].scheme.code}"
    assert "共 1 家，1,000.00 元" in client_as("clerk").get(url).content.decode()
    village = client_as("village", VILLAGE).get(url).content.decode()
    assert filled["firm"].name not in village
    assert "仅此条未满足" not in village


@pytest.mark.parametrize(
    ("query", "status"),
    [("?year=20x9", 400), ("?d=1", 400), ("?scheme=none", 400), ("?after=zzz", 400), ("?d=410799000000", 404)],
)
def test_wrong_parameters_are_answered(filled: dict[str, Any], client_as: As, query: str, status: int) -> None:
    assert client_as("clerk").get(reverse("subsidies:entitlements") + query).status_code == status


def test_the_button_rings_a_job_and_shows_it(filled: dict[str, Any], client_as: As, acting: Acting) -> None:
    url = reverse("subsidies:recalculate")
    answer = client_as("clerk").post(url, {"year": "2019"})
    with acting(COUNTY):
        job = Job.objects.get(kind="subsidies.recalculate")
    assert answer.headers["Location"] == reverse("jobs:detail", args=[job.uid])
    assert job.params == {"year": 2019}
    assert client_as("township", TOWNSHIP).post(url, {"year": "2019"}).status_code == 403
    assert client_as("clerk").get(url).status_code == 405


def test_panels_explain_person_and_employer(filled: dict[str, Any], client_as: As) -> None:
    village, county = client_as("village", VILLAGE), client_as("clerk")
    good = village.get(reverse("labour:person", args=[filled["here"].uid])).content.decode()
    assert "应享 1,234.56 元" in good
    bad = village.get(reverse("labour:person", args=[filled["failing"].uid])).content.decode()
    assert "不符合" in bad
    assert "县外就业月数" in bad
    firm = reverse("labour:employer", args=[filled["firm"].uid])
    assert "应享 1,000.00 元" in county.get(firm).content.decode()
    assert "请由县级人员查看" in village.get(firm).content.decode()


def changelist(client: Client, action: str, terms: Terms, **more: str) -> Any:
    url = reverse("admin:subsidies_terms_changelist")
    return client.post(url, {"action": action, "_selected_action": [str(terms.pk)], **more}, follow=True)


def test_an_approver_previews_then_activates(client_as: As, acting: Acting) -> None:
    with acting(COUNTY):
        set_up(COUNTY)
        terms = outside_award(active=False)
        SpellFactory(area="province", wage_fen=205_760)
    approver = client_as("approver")
    preview = changelist(approver, "activate", terms).content.decode()
    assert "按 2019 年数据：1 人，1,234.56 元" in preview
    assert "已启用" in changelist(approver, "activate", terms, confirm="1").content.decode()
    with acting(COUNTY):
        assert Terms.objects.get(pk=terms.pk).state == "active"
    assert "已停用" in changelist(approver, "close", terms, confirm="1", valid_to="2019-12-31").content.decode()
    with acting(COUNTY):
        assert Terms.objects.get(pk=terms.pk).state == "closed"


def test_a_clerk_cannot_activate(client_as: As, acting: Acting) -> None:
    with acting(COUNTY):
        terms = outside_award(active=False)
    changelist(client_as("clerk"), "activate", terms, confirm="1")
    with acting(COUNTY):
        assert Terms.objects.get(pk=terms.pk).state == "draft"


def form(scheme: Scheme, **changes: str) -> dict[str, str]:
    return {
        "scheme": str(scheme.pk),
        "valid_from": "2019-01-01",
        "valid_to": "",
        "window": "calendar",
        "amount_kind": "percentage",
        "unit_fen": "",
        "amount_fact": "wages_outside",
        "amount_parameters": "",
        "rate_bp": "1000",
        "cap_fen": "5000",
        "source": "测试",
        "conditions-TOTAL_FORMS": "1",
        "conditions-INITIAL_FORMS": "0",
        "conditions-MIN_NUM_FORMS": "0",
        "conditions-MAX_NUM_FORMS": "1000",
        "conditions-0-group": "1",
        "conditions-0-fact": "months_outside",
        "conditions-0-parameters": "",
        "conditions-0-operator": "gte",
        "conditions-0-value": "6个月",
        **changes,
    }


def test_a_clerk_enters_terms_in_yuan_and_units(client_as: As, acting: Acting) -> None:
    with acting(COUNTY):
        scheme = SchemeFactory()
    answer = client_as("clerk").post(reverse("admin:subsidies_terms_add"), form(scheme))
    assert answer.status_code == 302, answer.content.decode()
    with acting(COUNTY):
        terms = Terms.objects.get()
        assert (terms.cap_fen, terms.village_id, terms.state) == (500_000, COUNTY, "draft")
        assert Condition.objects.get(terms=terms).value == 6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions-0-value": "6元"}, "单位是“个月”，不能填“元”"),
        ({"conditions-0-fact": "heads", "conditions-0-value": "1"}, "不是“个人”的指标"),
        ({"amount_fact": "months_outside"}, "单位不符"),
        ({"amount_parameters": "六个月"}, "名称=整数"),
        ({"rate_bp": ""}, "须填写比例"),
        ({"cap_fen": "五千"}, "以元为单位"),
    ],
)
def test_faulty_terms_come_back_with_the_cure(
    client_as: As, acting: Acting, changes: dict[str, str], words: str
) -> None:
    with acting(COUNTY):
        scheme = SchemeFactory()
    answer = client_as("clerk").post(reverse("admin:subsidies_terms_add"), form(scheme, **changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    with acting(COUNTY):
        assert not Terms.objects.exists()


def test_frozen_terms_are_read_only_and_say_why(filled: dict[str, Any], client_as: As) -> None:
    url = reverse("admin:subsidies_terms_change", args=[filled["terms"].pk])
    clerk = client_as("clerk")
    page = clerk.get(url).content.decode()
    assert "不能修改" in page
    assert 'name="rate_bp"' not in page
    assert clerk.post(url, form(filled["terms"].scheme, rate_bp="1")).status_code == 403


def test_entitlements_in_the_ledger_room_are_scoped_and_told(filled: dict[str, Any], client_as: As) -> None:
    listed = client_as("clerk").get(reverse("admin:subsidies_entitlement_changelist")).content.decode()
    assert filled["here"].name in listed
    assert "2,000.04" in listed
    one = client_as("clerk").get(url_of_first(filled)).content.decode()
    assert "县外就业月数：6 个月" in one
    assert client_as("township", 410726101000).get(url_of_first(filled)).status_code == 404


def url_of_first(filled: dict[str, Any]) -> str:
    return reverse("admin:subsidies_entitlement_change", args=[filled["entitlement"]])
