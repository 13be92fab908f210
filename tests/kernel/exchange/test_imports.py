"""One workbook from bytes to records and back: counts, problems, commit, the same file twice, undo."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from kernel.audit.models import Event
from kernel.exchange import services, storage
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
from kernel.wall.scope import say_why
from labour.models import Employer, Household, Person
from tests.kernel.exchange.books import HEADINGS, VILLAGE, book, id_of, person

YANJIN = 410726000000


def counts(upload: Upload) -> tuple[int, int, int, int, int]:
    return upload.rows, upload.new, upload.changed, upload.same, upload.error


def problems(upload: Upload) -> list[tuple[str, str, str]]:
    rows = StagedRow.objects.filter(upload_id=upload.pk, problems__isnull=False).order_by("number")
    return [(each["cell"], each["column"], each["code"]) for row in rows for each in row.problems]


def history(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM history.{table}")
        return int(cursor.fetchone()[0])


def test_a_clean_book_is_all_new_and_becomes_records(bring: Any) -> None:
    upload = bring([person(n) for n in range(7)])
    assert upload.state == "ready", upload.problems
    assert counts(upload) == (7, 7, 0, 0, 0)
    assert Person.objects.count() == 0
    done = services.commit_upload(upload=upload)
    assert (done.state, done.written, done.message) == ("committed", 7, "已写入 7 行")
    assert (Household.objects.count(), Person.objects.count()) == (3, 7)
    found = Person.objects.select_related("household").get(number="P00000003")
    assert (found.household.number, found.village_id, found.sex, found.version) == ("H000001", VILLAGE, "1", 1)
    assert found.id_number.reveal() == id_of(3)
    assert found.phone.reveal() == "19900000003"
    assert found.name_initials[0] == "sxx"
    assert found.name_pinyin == "shan xiong xin"
    assert found.birth_date.year == 1953
    event = Event.objects.filter(action="import.commit").latest("id")
    assert (event.rows, event.division) == (7, YANJIN)


def test_the_same_file_twice_writes_nothing(bring: Any) -> None:
    rows = [person(n) for n in range(5)]
    services.commit_upload(upload=bring(rows))
    before = history("labour_person"), history("labour_household")
    again = bring(rows)
    assert counts(again) == (5, 0, 0, 5, 0)
    with pytest.raises(services.CommitRefused, match="没有需要写入的行"):
        services.commit_upload(upload=again)
    assert (history("labour_person"), history("labour_household")) == before
    assert set(Person.objects.values_list("version", flat=True)) == {1}


def test_new_changed_same_and_wrong_are_told_apart(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(3)]))
    rows = [person(0), person(1, 文化程度="高中"), person(2, 联系电话="19912345678"), person(3)]
    rows += [
        person(4, 证件号码="410799199001011230"),
        person(5, 姓名=None, 性别="男人"),
        person(6, 区划代码="410726999999"),
    ]
    upload = bring(rows)
    assert counts(upload) == (7, 1, 2, 1, 3)
    assert upload.new + upload.changed + upload.same + upload.error == upload.rows
    assert sorted(problems(upload)) == [
        ("E9", "姓名", "cell.blank"),
        ("F9", "性别", "cell.choice"),
        ("G8", "证件号码", "id.check_digit"),
        ("R10", "区划代码", "division.code_unknown"),
    ]
    changed = StagedRow.objects.get(upload_id=upload.pk, number=5)
    assert changed.diff == {"1.education": ["初中", "高中"]}
    sealed = StagedRow.objects.get(upload_id=upload.pk, number=6)
    assert list(sealed.diff) == ["1.phone"]
    assert "19912345678" not in str(sealed.diff)
    services.commit_upload(upload=upload)
    assert Person.objects.get(number="P00000001").education == "高中"
    assert Person.objects.get(number="P00000001").version == 2
    assert Person.objects.get(number="P00000002").phone.reveal() == "19912345678"
    assert Person.objects.count() == 4


def test_nothing_sensitive_rests_in_staging_or_on_disk(bring: Any) -> None:
    upload = bring([person(n) for n in range(3)])
    stored = str(list(StagedRow.objects.filter(upload_id=upload.pk).values()))
    assert id_of(1) not in stored
    assert "19900000001" not in stored
    with default_storage.open(f"uploads/{upload.stored}") as stored:
        content = stored.read()
    assert content[:2] != b"PK"
    assert b"worksheets" not in content
    assert storage.fetch(upload.stored)[:2] == b"PK"


def test_undo_puts_everything_back(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(3)]))
    before = list(
        Person.objects.order_by("number").values_list("number", "education", "phone_index", "household__category")
    )
    rows = [
        person(0, 文化程度="高中", 户类别="脱贫户"),
        person(1),
        person(2, 联系电话="19912345678"),
        person(3),
        person(9),
    ]
    done = services.commit_upload(upload=bring(rows))
    assert Person.objects.count() == 5
    undone = services.undo_upload(upload=done)
    assert undone.state == "undone"
    after = list(
        Person.objects.order_by("number").values_list("number", "education", "phone_index", "household__category")
    )
    assert after == before
    assert Household.objects.count() == 1
    with pytest.raises(services.NotNow):
        services.undo_upload(upload=done)


def test_undo_is_refused_when_somebody_changed_a_record_since(bring: Any) -> None:
    done = services.commit_upload(upload=bring([person(n) for n in range(3)]))
    say_why("by hand")
    Person.objects.filter(number="P00000001").update(education="大专")
    with pytest.raises(services.UndoRefused, match="1 条“人员”"):
        services.undo_upload(upload=done)
    assert Person.objects.count() == 3


def test_a_record_that_moved_on_since_the_preview_is_left_out(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(3)]))
    upload = bring([person(0, 文化程度="高中"), person(1, 文化程度="高中"), person(5)])
    Person.objects.filter(number="P00000001").update(education="大专")
    done = services.commit_upload(upload=upload)
    assert (done.written, done.stale) == (2, 1)
    assert "1 行在预览后已被他人修改" in done.message
    assert Person.objects.get(number="P00000001").education == "大专"


def test_a_chosen_subset(bring: Any) -> None:
    upload = bring([person(n) for n in range(4)])
    services.choose_rows(upload=upload, numbers=[5], chosen=False)
    done = services.commit_upload(upload=upload)
    assert done.written == 3
    other = bring([person(n) for n in range(4)])
    assert counts(other) == (4, 1, 0, 3, 0)
    third = bring([person(n, 文化程度="高中") for n in range(4)])
    done = services.commit_upload(upload=third, chosen=[4])
    assert done.written == 1


def test_numbers_stored_as_numbers_are_refused_by_type(bring: Any) -> None:
    rows = [person(0, 证件号码=float(id_of(0)[:17] + "0")), person(1, 联系电话=19900000001.0), person(2, 户编号=12)]
    upload = bring(rows)
    assert counts(upload) == (3, 0, 0, 0, 3)
    found = StagedRow.objects.get(upload_id=upload.pk, number=4).problems[0]
    assert found["cell"] == "G4"
    assert found["message"] == "身份证号被存成数字，末尾已丢失，请将该列设为文本后重填"
    assert problems(upload)[1:] == [("O5", "联系电话", "phone.numeric_cell"), ("C6", "户编号", "cell.numeric")]


def test_a_row_said_twice_is_refused_the_second_time(bring: Any) -> None:
    upload = bring([person(0), person(1), person(0, 姓名="李四")])
    assert counts(upload) == (3, 2, 0, 0, 1)
    found = StagedRow.objects.get(upload_id=upload.pk, number=6).problems[0]
    assert "第 4 行" in found["message"]


def test_phantom_blank_rows_mean_nothing(bring: Any) -> None:
    blank = [" " if n % 2 else None for n in range(len(HEADINGS))]
    upload = bring([person(0), blank, blank, person(1), *[blank] * 50])
    assert counts(upload) == (2, 2, 0, 0, 0)
    assert list(StagedRow.objects.filter(upload_id=upload.pk).order_by("number").values_list("number", flat=True)) == [
        4,
        7,
    ]


def test_headings_missing_repeated_unknown(bring: Any) -> None:
    missing = bring([person(0)[:5]], headings=HEADINGS[:5])
    assert missing.state == "failed"
    assert {each["code"] for each in missing.problems} == {"heading.missing"}
    assert any("证件号码" in each["message"] for each in missing.problems)
    repeated = bring([[*person(0), "x"]], headings=[*HEADINGS, "姓 名"])
    assert [each["code"] for each in repeated.problems] == ["heading.repeated"]
    unknown = bring([[*person(0), "x"]], headings=[*HEADINGS, "备注2"])
    assert unknown.unknown == [{"letter": "S", "title": "备注2"}]
    with pytest.raises(services.CommitRefused, match="不认识"):
        services.commit_upload(upload=unknown)
    services.ignore_unknown_columns(upload=unknown)
    assert services.commit_upload(upload=unknown).written == 1
    nothing = bring([["a", "b"]], headings=["甲", "乙"])
    assert nothing.problems[0]["code"] == "heading.none"
    empty = bring([])
    assert empty.problems[0]["code"] == "file.no_rows"


def test_a_column_that_is_not_in_the_file_is_left_alone(bring: Any) -> None:
    services.commit_upload(upload=bring([person(0)]))
    kept = [at for at, heading in enumerate(HEADINGS) if heading not in {"文化程度", "联系电话"}]
    upload = bring([[person(0, 民族="回族")[at] for at in kept]], headings=[HEADINGS[at] for at in kept])
    assert counts(upload) == (1, 0, 1, 0, 0)
    services.commit_upload(upload=upload)
    found = Person.objects.get()
    assert (found.ethnicity, found.education, found.phone.reveal()) == ("回族", "初中", "19900000000")


def test_employers_in_a_shared_table(bring: Any) -> None:
    headings = ("名称", "类型", "区划代码")
    rows = [["甲厂", "企业", str(VILLAGE)], ["乙社", "合作社", str(VILLAGE)], ["丙社", "公司", str(VILLAGE)]]
    upload = bring(rows, headings=headings, importer="test.employers")
    assert counts(upload) == (3, 2, 0, 0, 1)
    services.commit_upload(upload=upload)
    assert set(Employer.objects.values_list("name", "kind")) == {("甲厂", "enterprise"), ("乙社", "cooperative")}


def test_a_township_cannot_write_into_another(bring: Any, appoint: Any, acting: Any) -> None:
    user = appoint("township", 410726101000)
    with acting(user):
        upload = services.receive_upload(
            content=book([person(0)]), file_name="a.xlsx", importer="test.people", division=410726101000, read=False
        )
        list(read_upload(upload))
        assert upload.error == 1
        row = StagedRow.objects.get(upload_id=upload.pk)
        assert row.problems[0]["code"] in {"place.outside", "division.code_unknown"}


def test_cancel_leaves_nothing(bring: Any) -> None:
    upload = bring([person(0)])
    closed = services.cancel_upload(upload=upload)
    assert (closed.state, closed.message) == ("cancelled", "已取消，未写入任何数据")
    assert not StagedRow.objects.filter(upload_id=upload.pk).exists()
    with pytest.raises(services.NotNow):
        services.commit_upload(upload=upload)
