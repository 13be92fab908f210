"""Single rows of the county's workbooks: what is refused and why, what is new, changed, the same; other villages' eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel.audit.models import Event
from kernel.divisions.models import Division, DivisionAlias
from kernel.exchange import services as exchange
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
from kernel.wall.history import history_of
from labour.models import CountyRegister, EmploymentSpell, Household, Person, PersonYear
from labour.services import refresh_years
from tests.factories import labour as make
from tests.kernel.exchange.books import book

COUNTY = 410726000000
BIRTH = make.dt.date(1985, 5, 6)
PEOPLE = ("县", "乡", "村", "户编号", "人口编号", "姓名", "性别", "出生日期", "证件类型", "证件号码", "民族", "成员联系电话",
          "年度", "与户主关系", "文化程度", "在校生状况", "劳动技能", "健康状况", "政治面貌", "是否享受低保", "脱贫户属性",
          "行政区划代码")  # fmt: skip
SPELLS = ("县", "乡", "村", "户编号", "姓名", "证件号码", "是否已务工", "开始时间", "结束时间", "务工所在省", "务工所在市",
          "务工所在县", "务工月收入", "务工企业名称", "所属行业", "就业渠道", "是否点对点输送")  # fmt: skip
ID = make.id_number(BIRTH, "1", 7)

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(acting: Callable[..., Any], yanjin: Division, settings: Any) -> Iterator[Any]:
    settings.SETTLERS = []
    with acting(COUNTY) as opened:
        make.set_up(COUNTY)
        yield opened


def row(headings: tuple[str, ...], **told: Any) -> list[Any]:
    usual: dict[str, Any] = {
        "县": "延津县", "乡": "石婆固镇", "村": "朱辛庄村", "户编号": "410726000001", "人口编号": "0000000001", "姓名": "钟军",
        "性别": "男", "出生日期": "19850506", "证件类型": "居民身份证", "证件号码": ID, "民族": "汉族",
        "成员联系电话": "19900000000", "年度": 2019, "与户主关系": "户主", "文化程度": "小学", "在校生状况": "",
        "劳动技能": "技能劳动力", "健康状况": "健康", "政治面貌": "群众", "是否享受低保": "否", "脱贫户属性": "一般脱贫户",
        "行政区划代码": "410726103210", "是否已务工": "是", "开始时间": "2019年03月", "结束时间": "2019年05月",
        "务工所在省": "河南省", "务工所在市": "新乡市", "务工所在县": "延津县", "务工月收入": 1658.52, "务工企业名称": "本地务工",
        "所属行业": "农业", "就业渠道": "其他", "是否点对点输送": "否",
    }  # fmt: skip
    return [(usual | told)[heading] for heading in headings]


def bring(importer: str, *rows: list[Any], commit: bool = False, division: int = COUNTY) -> Upload:
    headings = PEOPLE if importer == "labour.people" else SPELLS
    upload = exchange.receive_upload(
        content=book(rows, headings), file_name="a.xlsx", importer=importer, division=division, read=False
    )
    for _step in read_upload(upload):
        pass
    upload.refresh_from_db()
    assert upload.state == Upload.State.READY, upload.problems
    return exchange.commit_upload(upload=upload) if commit else upload


def person_row(**told: Any) -> list[Any]:
    return row(PEOPLE, **told)


def spell_row(**told: Any) -> list[Any]:
    return row(SPELLS, **told)


def problems(upload: Upload) -> list[tuple[str, str]]:
    rows = StagedRow.objects.filter(upload_id=upload.pk, problems__isnull=False).order_by("number")
    return [(each["column"], each["code"]) for staged in rows for each in staged.problems]


def verdicts(upload: Upload) -> list[str]:
    return list(StagedRow.objects.filter(upload_id=upload.pk).order_by("number").values_list("verdict", flat=True))


def test_a_person_is_written_with_keys_and_hashes(scope: Any) -> None:
    bring("labour.people", person_row(姓名="单雄信", 健康状况="长期慢性病，残疾"), commit=True)
    person = Person.objects.select_related("household").get()
    assert (person.ability, person.relation, person.ethnicity, person.health) == (
        "skilled", "head", "han", "chronic,disabled")  # fmt: skip
    assert (person.household.number, person.household.category) == ("410726000001", "lifted")
    assert person.name_pinyin == "shanxiongxin"
    assert "dxx" in person.name_initials
    again = make.PersonFactory.build(village_id=person.village_id, id_number=ID, birth_date=BIRTH, household=None)
    assert (person.id_index, person.id_tail_index) == (again.id_index, again.id_tail_index)
    before = person.id_index, person.id_tail_index, person.phone_index
    person.save()
    person.refresh_from_db()
    assert (person.id_index, person.id_tail_index, person.phone_index) == before


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"证件号码": float(ID[:17] + "0")}, ("证件号码", "id.numeric_cell")),
        ({"证件号码": ID[:17] + ("1" if ID[17] != "1" else "2")}, ("证件号码", "id.check_digit")),
        ({"证件号码": ""}, ("证件号码", "cell.blank")),
        ({"性别": "女"}, ("性别", "id.sex_disagrees")),
        ({"出生日期": "19850507"}, ("出生日期", "id.birth_disagrees")),
        ({"劳动技能": "壮劳力"}, ("劳动技能", "code.unknown")),
        ({"在校生状况": "小学"}, ("在校生状况", "education.both")),
        ({"县": "封丘县"}, ("县", "division.county")),
        ({"行政区划代码": "410726103999"}, ("行政区划代码", "division.code_unknown")),
        ({"行政区划代码": "", "村": "没有村"}, ("村", "division.village_unknown")),
        ({"行政区划代码": "", "乡": ""}, ("村", "division.township_missing")),
        ({"成员联系电话": "123"}, ("成员联系电话", "phone.length")),
        ({"是否享受低保": "也许"}, ("是否享受低保", "cell.choice")),
    ],
)
def test_a_wrong_person_is_refused_at_its_cell(scope: Any, told: dict[str, Any], problem: tuple[str, str]) -> None:
    upload = bring("labour.people", person_row(**told))
    assert problems(upload) == [problem]
    assert (upload.new, upload.error) == (0, 1)


def test_an_unknown_word_names_what_is_allowed(scope: Any) -> None:
    staged = StagedRow.objects.filter(upload_id=bring("labour.people", person_row(劳动技能="壮劳力")).pk).get()
    assert "普通劳动力、技能劳动力、弱劳动力或半劳动力" in staged.problems[0]["message"]


def test_a_county_code_before_1986_is_no_reason_to_refuse(scope: Any) -> None:
    born = make.dt.date(1960, 1, 2)
    number = make.id_number(born, "1", 3).replace("410799", "410726")
    number = number[:17] + make.check_digit(number[:17])
    assert verdicts(bring("labour.people", person_row(证件号码=number, 出生日期="19600102"))) == ["new"]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"行政区划代码": "410726103210", "村": "写错了"}, 410726103210),
        ({"行政区划代码": "", "乡": "石婆固镇", "村": "朱辛庄村民委员会"}, 410726103210),
        ({"行政区划代码": "", "乡": "石婆固镇", "村": "老朱辛庄"}, 410726103210),
    ],
)
def test_a_village_is_found_by_code_name_or_alias(scope: Any, told: dict[str, Any], code: int) -> None:
    village = Division.objects.get(pk=410726103210)
    DivisionAlias.objects.create(division=village, name="老朱辛庄")
    bring("labour.people", person_row(**told), commit=True)
    assert Person.objects.get().village_id == code


def test_a_changed_phone_is_a_change_and_the_same_file_is_none(scope: Any) -> None:
    bring("labour.people", person_row(), commit=True)
    assert verdicts(bring("labour.people", person_row())) == ["same"]
    upload = bring("labour.people", person_row(成员联系电话="19900000009"), commit=True)
    assert verdicts(upload) == ["changed"]
    person = Person.objects.get()
    assert person.phone is not None
    assert person.phone.matches("19900000009")
    assert (person.version, Household.objects.get().version) == (2, 1)


def test_somebody_known_in_another_village_is_refused_without_saying_where(
    acting: Callable[..., Any], scope: Any
) -> None:
    bring("labour.people", person_row(), commit=True)
    other = 410726103211
    place = Division.objects.get(pk=other)
    with acting(other):
        told = {"行政区划代码": str(other), "村": place.short_name, "乡": ""}
        upload = bring("labour.people", person_row(户编号="410726000002", **told), division=other)
        assert problems(upload) == [("证件号码", "person.registered_elsewhere")]
        upload = bring("labour.people", person_row(**told), division=other)
        assert problems(upload) == [
            ("户编号", "household.registered_elsewhere"), ("证件号码", "person.registered_elsewhere")]  # fmt: skip
        told_all = str(list(StagedRow.objects.filter(upload_id=upload.pk).values_list("problems", flat=True)))
        assert "朱辛庄" not in told_all
    events = Event.objects.filter(action="labour.registered_elsewhere")
    assert {event.division for event in events} == {other}
    assert events.count() == 3


def test_a_row_of_a_village_outside_the_scope_is_refused(acting: Callable[..., Any], scope: Any) -> None:
    with acting(410726103211):
        upload = bring("labour.people", person_row(), division=410726103211)
        assert problems(upload) == [("村", "place.outside")]


def test_a_spell_is_written_under_its_person(scope: Any) -> None:
    employer = make.employer(name="示范合作社")
    bring("labour.people", person_row(), commit=True)
    bring("labour.spells", spell_row(务工企业名称="示范合作社", 务工所在县="封丘县", 结束时间=""), commit=True)
    spell = EmploymentSpell.objects.select_related("person").get()
    assert (spell.village_id, spell.area, spell.wage_fen, spell.employer) == (
        410726103210,
        "province",
        165_852,
        employer,
    )
    assert (spell.start, spell.end, spell.industry, spell.channel) == (
        make.dt.date(2019, 3, 1), None, "agriculture", "other")  # fmt: skip


def test_a_corrected_wage_changes_the_spell_and_another_start_is_a_new_one(scope: Any) -> None:
    bring("labour.people", person_row(), commit=True)
    bring("labour.spells", spell_row(), commit=True)
    assert verdicts(bring("labour.spells", spell_row())) == ["same"]
    upload = bring(
        "labour.spells", spell_row(务工月收入=1700), spell_row(开始时间="2019年09月", 结束时间=""), commit=True
    )
    assert verdicts(upload) == ["changed", "new"]
    spell = EmploymentSpell.objects.order_by("start").first()
    assert spell is not None
    assert (spell.wage_fen, history_of("labour_employmentspell", spell.pk)[0]["wage_fen"]) == (170_000, 165_852)
    assert verdicts(bring("labour.spells", spell_row(务工企业名称=""))) == ["new"]
    bring("labour.spells", spell_row(务工企业名称=""), commit=True)
    assert verdicts(bring("labour.spells", spell_row(务工企业名称=""))) == ["same"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"证件号码": make.id_number(BIRTH, "1", 8)}, ("证件号码", "person.unknown")),
        ({"结束时间": "2019年02月"}, ("结束时间", "spell.backwards")),
        ({"开始时间": "三月"}, ("开始时间", "month.form")),
        ({"务工月收入": -1}, ("务工月收入", "money.negative")),
        ({"务工月收入": "一千"}, ("务工月收入", "money.unit")),
        ({"务工所在省": "河山省"}, ("务工所在省", "place.province_unknown")),
        ({"务工所在省": ""}, ("务工所在省", "cell.blank")),
        ({"务工所在县": ""}, ("务工所在县", "place.county")),
        ({"所属行业": "炼金术"}, ("所属行业", "code.unknown")),
        ({"是否已务工": "否"}, ("是否已务工", "spell.not_working")),
    ],
)
def test_a_wrong_spell_is_refused_at_its_cell(scope: Any, told: dict[str, Any], problem: tuple[str, str]) -> None:
    bring("labour.people", person_row(), commit=True)
    assert problems(bring("labour.spells", spell_row(**told))) == [problem]
    assert not EmploymentSpell.objects.exists()


def test_the_same_spell_twice_in_one_file_is_refused(scope: Any) -> None:
    bring("labour.people", person_row(), commit=True)
    assert problems(bring("labour.spells", spell_row(), spell_row())) == [("证件号码", "row.repeated")]


def test_a_county_file_that_reaches_back_opens_the_register(acting: Callable[..., Any], scope: Any) -> None:
    bring("labour.people", person_row(), commit=True)
    with acting(410726103210):
        bring(
            "labour.spells", spell_row(开始时间="2017年01月", 结束时间="2017年02月"), commit=True, division=410726103210
        )
    assert CountyRegister.objects.get().first_year == 2019
    bring("labour.spells", spell_row(开始时间="2018年01月", 结束时间="2018年02月"), commit=True)
    assert CountyRegister.objects.get().first_year == 2018


def test_an_employers_file_links_spells_and_can_be_taken_back(scope: Any) -> None:
    bring("labour.people", person_row(), commit=True)
    bring("labour.spells", spell_row(务工企业名称="示范合作社"), commit=True)
    content = book([["示范合作社", "合作社", "延津县"]], ("名称", "类型", "县"))
    upload = exchange.receive_upload(
        content=content, file_name="b.xlsx", importer="labour.employers", division=COUNTY, read=False
    )
    for _step in read_upload(upload):
        pass
    exchange.commit_upload(upload=upload)
    linked = EmploymentSpell.objects.select_related("employer").get().employer
    assert linked is not None
    assert (linked.name, linked.kind, linked.name_initials) == ("示范合作社", "cooperative", "sfhzs")


def test_an_import_is_taken_back_whole(scope: Any, yanjin: Division) -> None:
    upload = bring("labour.people", person_row(), commit=True)
    spells = bring("labour.spells", spell_row(), commit=True)
    refresh_years(span=yanjin.range)
    assert PersonYear.objects.filter(months__gt=0).exists()
    with pytest.raises(exchange.UndoRefused, match="引用"):
        exchange.undo_upload(upload=upload)
    exchange.undo_upload(upload=spells)
    refresh_years(span=yanjin.range)
    assert not PersonYear.objects.filter(months__gt=0).exists()
    exchange.undo_upload(upload=upload)
    assert not Person.objects.exists()
    assert not Household.objects.exists()
    assert not PersonYear.objects.exists()
