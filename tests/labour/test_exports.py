"""Lists leave as workbooks of the importers' own layout: untouched they change nothing, an edited cell changes just that."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kernel.audit.models import Event
from kernel.codes.lookup import labels_to_keys
from kernel.divisions.models import Division
from kernel.exchange import services as exchange
from kernel.exchange.importer import ROUND_TRIP
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
from labour import exports
from labour.imports import EmployersWorkbook, PeopleWorkbook, SpellsWorkbook
from labour.models import Employer, EmploymentSpell, Person
from tests.factories import labour as make

COUNTY, TOWNSHIP, VILLAGE, ELSEWHERE = 410726000000, 410726103000, 410726103210, 410726001203
BIRTH = make.dt.date(1985, 5, 6)
IMPORTERS = {"people": PeopleWorkbook, "employers": EmployersWorkbook, "spells": SpellsWorkbook}

pytestmark = pytest.mark.django_db


def somebody(name: str, serial: int, **told: Any) -> Person:
    fields: dict[str, Any] = {"birth_date": BIRTH, "id_number": make.id_number(BIRTH, "1", serial), "ethnicity": "han"}
    return make.person(name=name, **(fields | told))


@pytest.fixture
def registry(acting: Callable[..., Any], yanjin: Division, settings: Any) -> Iterator[Any]:
    """Rows that are hard to carry: rare characters, interpuncts, formula-like text, no number, blanks."""
    settings.SETTLERS = []
    with acting(COUNTY) as scope:
        make.set_up(COUNTY)
        firm = make.employer(name="=SUM(A1:A9)合作社", kind="cooperative", credit_code="")
        make.employer(name='+86 @延津 <车间> & "厂"', kind="workshop", village_id=VILLAGE)
        make.employer(name="𠮷祥企业", credit_code="91410726MA01ABCD12"[:17] + "X")
        one = somebody("𠮷㛃", 1, health="disabled,chronic", low_income=True)
        two = somebody("阿依古丽·买买提", 2, household=one.household, relation="spouse", education="", student="")
        three = make.person(name="无证", id_number=None, phone=None, ethnicity="", politics="", health="", number="",
                            birth_date=BIRTH)  # fmt: skip
        four = somebody("外村人", 4, village_id=ELSEWHERE, phone=None)
        make.spell(person=one, employer=firm, wage_fen=165_852)
        make.spell(person=one, employer_name="", start=make.dt.date(2019, 7, 1), end=None, wage_fen=0, channel="",
                   industry="", point_to_point=True)  # fmt: skip
        make.spell(person=two, area="abroad", place_province="境外", place_city="", place_county="",
                   employer_name="-1+1", wage_fen=1_234_567_01)  # fmt: skip
        make.spell(person=three, area="outside", place_province="广东省", place_city="", place_county="南海区")
        make.spell(person=four)
        Employer.objects.filter(name="𠮷祥企业").update(credit_code="91350100M000100Y43")
        yield scope


def book_of(kind: str, **how: Any) -> Any:
    model: Any = {"people": Person, "employers": Employer, "spells": EmploymentSpell}[kind]
    county = Division.objects.get(pk=COUNTY)
    with exports.export_book(kind, rows=model.objects.order_by("pk"), division=county, **how) as out:
        return openpyxl.load_workbook(io.BytesIO(out.read()))


def back(kind: str, workbook: Any) -> Upload:
    stream = io.BytesIO()
    workbook.save(stream)
    upload = exchange.receive_upload(
        content=stream.getvalue(), file_name="a.xlsx", importer=f"labour.{kind}", division=COUNTY, read=False
    )
    for _step in read_upload(upload):
        pass
    upload.refresh_from_db()
    assert upload.state == Upload.State.READY, upload.problems
    return upload


def counts(upload: Upload) -> tuple[int, int, int, int]:
    problems = StagedRow.objects.filter(upload_id=upload.pk, problems__isnull=False).values_list("problems", flat=True)
    diffs = StagedRow.objects.filter(upload_id=upload.pk, verdict="changed").values_list("diff", flat=True)
    assert (upload.error, upload.changed) == (len(problems), len(diffs))
    return upload.same, upload.new, upload.changed, upload.error


def cell(workbook: Any, title: str, *, uid: object) -> Any:
    """The cell under a heading in the row of a record."""
    sheet = workbook.active
    titles = [each.value for each in sheet[3]]
    ids = titles.index("_id") + 1
    line = next(n for n in range(4, sheet.max_row + 1) if sheet.cell(n, ids).value == str(uid))
    return sheet.cell(line, titles.index(title) + 1)


@pytest.mark.parametrize(("kind", "rows"), [("people", 4), ("employers", 3), ("spells", 5)])
def test_what_comes_back_untouched_changes_nothing(registry: Any, kind: str, rows: int) -> None:
    upload = back(kind, book_of(kind))
    wrong = StagedRow.objects.filter(upload_id=upload.pk).exclude(verdict="same").values_list("problems", "diff")
    assert list(wrong) == []
    assert counts(upload) == (rows, 0, 0, 0)


@pytest.mark.parametrize("kind", ["people", "spells"])
def test_with_whole_numbers_it_changes_nothing_either(registry: Any, kind: str) -> None:
    workbook = book_of(kind, unmask=True, purpose="核对发放名单")
    assert make.id_number(BIRTH, "1", 1) in {value for row in workbook.active.values for value in row}
    assert counts(back(kind, workbook))[1:] == (0, 0, 0)


@pytest.mark.parametrize("kind", IMPORTERS)
def test_the_layout_is_the_importers_own(registry: Any, kind: str) -> None:
    workbook = book_of(kind)
    sheet = workbook.active
    titles = [each.title for each in (*IMPORTERS[kind].columns, *ROUND_TRIP)]
    assert [each.value for each in sheet[3]] == titles
    assert all(sheet.cell(line, 1).value and sheet.cell(line, 2).value is None for line in (1, 2))
    hidden = {name for name, each in sheet.column_dimensions.items() if each.hidden}
    assert openpyxl.utils.get_column_letter(len(titles) - 1) in hidden
    assert len(hidden) <= 2  # openpyxl folds neighbours of one style into the first
    for column, each in enumerate(IMPORTERS[kind].columns, start=1):
        written = [sheet.cell(line, column) for line in range(4, sheet.max_row + 1)]
        assert not any(value.data_type == "f" for value in written)
        if each.text_only or each.sealed:
            assert {value.number_format for value in written if value.value is not None} <= {"@"}, each.title


def test_numbers_and_birth_dates_leave_masked(registry: Any) -> None:
    for kind in ("people", "spells"):
        text = [str(value) for row in book_of(kind).active.values for value in row if value is not None]
        for person in Person.objects.filter(id_index__isnull=False):
            assert person.id_number is not None
            number = person.id_number.reveal()
            assert not any(number in each or number[6:14] in each for each in text)
        assert not any("1990000" in each or "19850506" in each for each in text)
        assert any(each.startswith("*" * 16) for each in text)


EDITS = [
    ("people", "姓名", "𠮷㛃英", {"1.name": ["𠮷㛃", "𠮷㛃英"]}),
    ("people", "健康状况", "健康", {"1.health": ["disabled,chronic", "healthy"]}),
    ("people", "是否享受低保", "否", {"1.low_income": [True, False]}),
    ("people", "民族", None, {"1.ethnicity": ["han", ""]}),
    ("employers", "类型", "企业", {"0.kind": ["cooperative", "enterprise"]}),
    ("employers", "名称", "改名合作社", {"0.name": ["=SUM(A1:A9)合作社", "改名合作社"]}),
    ("spells", "务工月收入", 1700.5, {"0.wage_fen": [165_852, 170_050]}),
    ("spells", "开始时间", "2019年02月", {"0.start": ["2019-01-01", "2019-02-01"]}),
    ("spells", "结束时间", None, {"0.end": ["2019-06-01", None]}),
    ("spells", "务工企业名称", "别家", {"0.employer_name": ["=SUM(A1:A9)合作社", "别家"]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "title", "value", "diff"), EDITS)
def test_an_edited_cell_changes_exactly_that(
    registry: Any, kind: str, title: str, value: Any, diff: dict[str, Any]
) -> None:
    rows: dict[str, Any] = {
        "people": Person.objects.filter(name="𠮷㛃"),
        "employers": Employer.objects.filter(kind="cooperative"),
        "spells": EmploymentSpell.objects.filter(wage_fen=165_852),
    }
    row = rows[kind].get()
    workbook = book_of(kind)
    cell(workbook, title, uid=row.uid).value = value
    upload = back(kind, workbook)
    same, new, changed, error = counts(upload)
    assert (new, changed, error) == (0, 1, 0)
    assert same > 0
    assert StagedRow.objects.get(upload_id=upload.pk, verdict="changed").diff == diff
    exchange.commit_upload(upload=upload)
    before = row.version
    row.refresh_from_db()
    assert row.version > before
    field, (_old, expected) = next(iter(diff.items()))
    stored = getattr(row, field.split(".")[1])
    assert (stored.isoformat() if hasattr(stored, "isoformat") else stored) == expected
    assert counts(back(kind, book_of(kind)))[1:] == (0, 0, 0)


def test_renaming_an_employer_or_a_jobs_employer_keeps_the_links_true(registry: Any) -> None:
    spell = EmploymentSpell.objects.get(wage_fen=165_852)
    assert spell.employer is not None
    workbook = book_of("spells")
    cell(workbook, "务工企业名称", uid=spell.uid).value = "别家"
    exchange.commit_upload(upload=back("spells", workbook))
    spell.refresh_from_db()
    assert spell.employer is None
    firm = Employer.objects.get(kind="cooperative")
    workbook = book_of("employers")
    cell(workbook, "名称", uid=firm.uid).value = "别家"
    exchange.commit_upload(upload=back("employers", workbook))
    spell.refresh_from_db()
    assert spell.employer == firm


@pytest.mark.parametrize(
    ("title", "value", "code"),
    [("性别", "女", "id.sex_disagrees"), ("出生日期", "19850507", "id.birth_disagrees")],
)
def test_the_sealed_number_still_has_its_say(registry: Any, title: str, value: str, code: str) -> None:
    workbook = book_of("people")
    cell(workbook, title, uid=Person.objects.get(name="𠮷㛃").uid).value = value
    upload = back("people", workbook)
    assert counts(upload) == (3, 0, 0, 1)
    problem = StagedRow.objects.get(upload_id=upload.pk, verdict="error").problems[0]
    assert (problem["column"], problem["code"]) == (title, code)


def test_a_row_that_moved_on_meanwhile_is_refused(registry: Any) -> None:
    workbook = book_of("people")
    person = Person.objects.get(name="𠮷㛃")
    cell(workbook, "政治面貌", uid=person.uid).value = "中共党员"
    Person.objects.filter(pk=person.pk).update(education="senior")
    upload = back("people", workbook)
    assert counts(upload) == (3, 0, 0, 1)
    assert StagedRow.objects.get(upload_id=upload.pk, verdict="error").problems[0]["code"] == "row.outdated"


def test_a_new_row_may_be_added_below(registry: Any) -> None:
    workbook = book_of("people")
    sheet = workbook.active
    fresh = {
        "县": "延津县", "乡": "石婆固镇", "村": "朱辛庄村", "户编号": "NEW1", "姓名": "新添", "劳动技能": "普通劳动力",
        "证件号码": make.id_number(BIRTH, "2", 9), "与户主关系": "户主",
    }  # fmt: skip
    sheet.append([fresh.get(each.value) for each in sheet[3]])
    upload = back("people", workbook)
    assert counts(upload) == (4, 1, 0, 0)
    exchange.commit_upload(upload=upload)
    added = Person.objects.get(name="新添")
    assert (added.sex, added.birth_date, added.village_id) == ("2", BIRTH, VILLAGE)


def test_labels_are_the_official_chinese_ones_in_any_language(registry: Any) -> None:
    with override("en"):
        workbook = book_of("people")
    assert workbook.sheetnames == ["人员信息"]
    person = Person.objects.get(name="𠮷㛃")
    told = {title: cell(workbook, title, uid=person.uid).value for title in ("性别", "健康状况", "民族", "脱贫户属性")}
    assert told == {"性别": "男", "健康状况": "残疾、长期慢性病", "民族": "汉族", "脱贫户属性": "一般脱贫户"}
    assert labels_to_keys("ethnicity")["汉族"] == "han"


# -- the door


def address(kind: str, query: str = "") -> str:
    return f"{reverse('labour:export', args=[kind])}?{query}"


def names_in(response: Any) -> set[str]:
    assert response.status_code == 200, response.content[:300]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    at = [each.value for each in sheet[3]].index("姓名")
    return {row[at] for row in sheet.iter_rows(min_row=4, values_only=True)}


def test_a_place_exports_only_its_own_with_the_rosters_filters(registry: Any, client_as: Callable[..., Client]) -> None:
    township, clerk = client_as("township", TOWNSHIP), client_as("clerk", COUNTY)
    assert names_in(clerk.get(address("people", "state=all"))) == {"𠮷㛃", "阿依古丽·买买提", "无证", "外村人"}
    assert names_in(township.get(address("people", "state=all"))) == {"𠮷㛃", "阿依古丽·买买提", "无证"}
    assert names_in(clerk.get(address("people", f"state=all&d={ELSEWHERE}"))) == {"外村人"}
    assert names_in(clerk.get(address("people", "state=all&q=阿依"))) == {"阿依古丽·买买提"}
    assert names_in(clerk.get(address("spells", "state=all&q=阿依"))) == {"阿依古丽·买买提"}
    assert names_in(township.get(address("spells", "state=all"))) == {"𠮷㛃", "阿依古丽·买买提", "无证"}
    assert township.get(address("people", f"d={ELSEWHERE}")).status_code == 404
    assert clerk.get(address("people", "state=rich")).status_code == 400
    assert clerk.get(address("horses")).status_code == 404


def test_the_answer_names_nobody_and_leaves_an_event(registry: Any, client_as: Callable[..., Client]) -> None:
    response = client_as("township", TOWNSHIP).get(address("people", f"d={VILLAGE}&state=all&q=阿依"), headers={
        "Accept-Language": "en"})  # fmt: skip
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert "no-store" in response["Cache-Control"]
    assert "%E9%98%BF" not in response["Content-Disposition"]
    assert str(VILLAGE) in response["Content-Disposition"]
    event = Event.objects.of_access().latest("pk")
    assert (event.action, event.division, event.rows, event.purpose) == ("person.export", VILLAGE, 1, "")
    assert event.detail == {"format": "xlsx", "unmasked": False}


def test_who_may_not_export_is_refused_and_sees_no_button(registry: Any, client_as: Callable[..., Client]) -> None:
    for role, place in (("village", VILLAGE), ("leader", COUNTY), ("system", COUNTY)):
        assert client_as(role, place).get(address("people")).status_code == 403, role
    here, there = reverse("labour:export", args=["people"]), reverse("labour:export", args=["employers"])
    for role, place, shown in (("township", TOWNSHIP, True), ("village", VILLAGE, False), ("leader", COUNTY, False)):
        client = client_as(role, place)
        assert (here in client.get(f"{reverse('labour:roster')}?state=all").content.decode()) is shown, role
        assert (there in client.get(reverse("labour:employers")).content.decode()) is shown, role


def test_whole_numbers_need_a_purpose(registry: Any, client_as: Callable[..., Client]) -> None:
    clerk = client_as("clerk", COUNTY)
    assert clerk.post(address("people", "state=all"), {"purpose": " 查 "}).status_code == 400
    response = clerk.post(address("people", "state=all&q=外村"), {"purpose": "核对发放名单"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    said = {title.value: each.value for title, each in zip(sheet[3], sheet[4], strict=True)}
    assert (said["证件号码"], said["出生日期"]) == (make.id_number(BIRTH, "1", 4), "19850506")
    event = Event.objects.of_access().latest("pk")
    assert (event.action, event.rows, event.purpose, event.detail["unmasked"]) == (
        "person.export", 1, "核对发放名单", True)  # fmt: skip


def test_too_many_rows_are_refused_in_words(
    registry: Any, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST", 2)
    response = client_as("clerk", COUNTY).get(address("people", "state=all"))
    assert response.status_code == 400
    assert "一次最多导出 2 行，请先缩小范围" in response.content.decode()
    assert not Event.objects.filter(action="person.export").exists()
