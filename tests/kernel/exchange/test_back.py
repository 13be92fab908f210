"""What goes back to people: the annotated workbook, exports, templates, the wizard, the job path."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kernel.audit.models import Event
from kernel.exchange import services, storage
from kernel.exchange.annotating import all_problems, annotated_workbook
from kernel.exchange.exporting import (
    ROUND_TRIP,
    OutColumn,
    PurposeMissing,
    export_csv,
    export_workbook,
    template_workbook,
)
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
from kernel.exchange.tasks import discard_old_files
from kernel.jobs import runner
from kernel.jobs.models import Job
from kernel.protection.sealed import Sealed
from labour.models import Person
from tests.kernel.exchange.books import HEADINGS, PeopleForTests, book, id_of, opened, person

YANJIN = 410726000000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_the_annotated_book_marks_exactly_the_bad_cells(bring: Any) -> None:
    rows = [person(0), person(1, 证件号码="410799199001011230"), person(2, 姓名="", 性别="？"), person(3, 民族="=1+1")]
    upload = bring(rows)
    name, content = annotated_workbook(upload)
    assert name == "人员_批注_共3处.xlsx"
    marked, original = opened(content)["人员信息"], opened(book(rows))["人员信息"]
    comments = {cell.coordinate: cell.comment.text for row in marked.iter_rows() for cell in row if cell.comment}
    assert comments == {each["cell"]: each["message"] for each in all_problems(upload)}
    assert set(comments) == {"G5", "E6", "F6"}
    red = {cell.coordinate for row in marked.iter_rows() for cell in row if cell.fill.fgColor.rgb == "00FFC7CE"}
    assert red == set(comments)
    for row in original.iter_rows():
        for cell in row:
            assert (marked[cell.coordinate].value or None) == (cell.value or None)
    last = len(HEADINGS) + 1
    assert marked.cell(3, last).value == "错误说明"
    assert "校验位" in marked.cell(5, last).value
    summary = opened(content)["错误汇总"]
    assert [row[1].value for row in summary.iter_rows(min_row=6)] == [each["cell"] for each in all_problems(upload)]


class Row(SimpleNamespace):
    """Something to export."""


COLUMNS = (
    OutColumn("姓名", lambda row: row.name),
    OutColumn("证件号码", lambda row: row.number, width=20),
    OutColumn("金额", lambda row: row.fen, yuan=True),
)


@pytest.fixture
def rows() -> list[Row]:
    number = Sealed.from_plaintext(id_of(7), context="labour.person.id_number", kind="id")
    return [Row(name="=cmd|' /C calc'!A0", number=number, fen=123450), Row(name="+张三", number=None, fen=5)]


def test_exports_carry_no_formula_and_no_number_without_a_purpose(rows: Any, acting: Any, db: None) -> None:
    with acting(YANJIN):
        out = export_workbook(rows=rows, columns=COLUMNS, sheet="人员", action="export.people")
        sheet = opened(out.read())["人员"]
        assert [cell.value for cell in sheet[2]] == ["=cmd|' /C calc'!A0", "*" * 16 + id_of(7)[-2:], 1234.5]
        assert sheet["A2"].data_type == "s"
        assert sheet["B2"].number_format == "@"
        with pytest.raises(PurposeMissing):
            export_workbook(rows=rows, columns=COLUMNS, sheet="人员", action="export.people", unmask=True, purpose=" ")
        opened_up = export_workbook(
            rows=rows, columns=COLUMNS, sheet="人员", action="export.people", unmask=True, purpose="核对发放名单"
        )
        assert opened(opened_up.read())["人员"]["B2"].value == id_of(7)
        event = Event.objects.filter(action="export.people").latest("id")
        assert (event.rows, event.purpose, event.detail["unmasked"]) == (2, "核对发放名单", True)
        text = b"".join(export_csv(rows=rows, columns=COLUMNS, action="export.people"))
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert lines[1:] == [
        ["'=cmd|' /C calc'!A0", "*" * 16 + id_of(7)[-2:], "1234.50"],
        ["'+张三", "", "0.05"],
    ]


def test_the_template_holds_every_heading_and_text_columns() -> None:
    template = opened(template_workbook(PeopleForTests))
    sheet = template.worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(HEADINGS)
    assert sheet.column_dimensions["G"].width >= 18
    assert template.sheetnames[1:] == ["代码表", "填写说明"]


def run_job(upload: Upload, acting: Any) -> Upload:
    with acting():
        upload = Upload.objects.get(pk=upload.pk)
        assert upload.job_id is not None
    runner.run(upload.job_id)
    with acting():
        return Upload.objects.select_related("job").get(pk=upload.pk)


def hand_in(client: Client, content: bytes, name: str = "人员.xlsx") -> Any:
    given = SimpleUploadedFile(name, content, content_type=XLSX)
    return client.post(reverse("exchange:new", args=["test.people"]), {"file": given})


def test_the_wizard_from_upload_to_undo(client_as: Any, acting: Any) -> None:
    client = client_as("clerk", YANJIN)
    assert "测试人员" in client.get(reverse("exchange:list")).content.decode()
    assert client.get(reverse("exchange:new", args=["test.people"])).status_code == 200
    answer = hand_in(client, book([person(0), person(1), person(2, 性别="？")]))
    assert answer.status_code == 302
    with acting():
        upload = Upload.objects.get()
    page = client.get(answer.url)
    assert "data-poll" in page.content.decode()
    upload = run_job(upload, acting)
    assert upload.message == "新增 2 · 更新 0 · 无变化 0 · 错误 1"
    progress = client.get(reverse("exchange:progress", args=[upload.uid])).json()
    assert (progress["finished"], progress["url"]) == (True, answer.url)
    text = client.get(answer.url).content.decode()
    assert "新增 2 · 更新 0 · 无变化 0 · 错误 1" in text
    assert "F6" in text
    assert id_of(0) not in text
    client.post(reverse("exchange:choose", args=[upload.uid]), {"listed": ["4", "5"], "chosen": ["4"]})
    annotated = client.get(reverse("exchange:annotated", args=[upload.uid]))
    assert annotated.status_code == 200
    client.post(reverse("exchange:commit", args=[upload.uid]))
    with acting():
        assert Person.objects.count() == 0
    upload = run_job(upload, acting)
    assert (upload.state, upload.message) == ("committed", "已写入 1 行")
    with acting():
        assert Person.objects.count() == 1
    assert "撤销本次导入" in client.get(answer.url).content.decode()
    client.post(reverse("exchange:undo", args=[upload.uid]))
    upload = run_job(upload, acting)
    assert upload.state == "undone"
    with acting():
        assert Person.objects.count() == 0


def test_the_wizard_refuses_what_is_no_workbook(client_as: Any, acting: Any) -> None:
    client = client_as("clerk", YANJIN)
    answer = hand_in(client, b"a,b\n1,2\n")
    assert answer.status_code == 400
    assert "扩展名" in answer.content.decode()
    assert hand_in(client, b"").status_code == 400
    with acting():
        assert not Upload.objects.exists()


def test_cancelling_a_queued_reading(client_as: Any, acting: Any) -> None:
    client = client_as("clerk", YANJIN)
    answer = hand_in(client, book([person(0)]))
    with acting():
        upload = Upload.objects.get()
    client.post(reverse("exchange:cancel", args=[upload.uid]))
    assert "已取消，未写入任何数据" in client.get(answer.url).content.decode()
    with acting():
        assert Job.objects.get(pk=upload.job_id).state == "cancelled"
        assert not StagedRow.objects.exists()


def test_another_county_does_not_find_it_and_a_village_may_not(client_as: Any, acting: Any) -> None:
    answer = hand_in(client_as("clerk", YANJIN), book([person(0)]))
    assert client_as("clerk", 410799000000).get(answer.url).status_code == 404
    assert client_as("village", 410726001203).get(answer.url).status_code == 403
    auditor = client_as("auditor", YANJIN)
    assert auditor.get(answer.url).status_code == 200
    assert auditor.get(answer.url + "annotated").status_code == 403


def test_a_reading_that_died_goes_on_where_it_stopped(bring: Any, settings: Any) -> None:
    settings.EXCHANGE_LIMITS = {"chunk": 100}
    content = book([*(person(n) for n in range(250)), person(3)])
    upload = services.receive_upload(
        content=content, file_name="a.xlsx", importer="test.people", division=YANJIN, read=False
    )
    cursor = 0
    for step in read_upload(upload):
        cursor = step.cursor
        if step.done >= 150:
            break
    staged = StagedRow.objects.filter(upload_id=upload.pk).count()
    assert 0 < staged < 250
    for _step in read_upload(upload, resume_at=cursor):
        pass
    upload.refresh_from_db()
    assert (upload.rows, upload.new, upload.error) == (251, 250, 1)


SEX = {"1": "男", "2": "女"}
OUT = {
    "户编号": lambda row: row.household.number, "人口编号": lambda row: row.number, "姓名": lambda row: row.name,
    "性别": lambda row: SEX[row.sex], "证件号码": lambda row: row.id_number, "与户主关系": lambda row: row.relation,
    "文化程度": lambda row: row.education, "劳动技能": lambda row: row.ability, "是否享受低保": lambda row: row.low_income,
    "联系电话": lambda row: row.phone, "区划代码": lambda row: str(row.village_id),
}  # fmt: skip


def export_people(titles: Any = ("人员信息",)) -> Any:
    columns = [*(OutColumn(title, value) for title, value in OUT.items()), *ROUND_TRIP]
    rows = Person.objects.select_related("household").order_by("number")
    return opened(
        export_workbook(rows=rows, columns=columns, sheet="人员", action="export.people", titles=titles).read()
    )


def saved(workbook: Any) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def test_an_untouched_export_comes_back_without_a_change(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(5)]))
    workbook = export_people()
    assert workbook.active["E3"].value.endswith(id_of(0)[-2:])
    assert "*" in workbook.active["E3"].value
    assert workbook.active.column_dimensions["L"].hidden
    upload = bring([], content=saved(workbook))
    assert (upload.rows, upload.same, upload.error, upload.unknown) == (5, 5, 0, []), upload.message


def test_one_change_in_an_export_is_one_update_and_can_be_undone(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(5)]))
    workbook = export_people()
    sheet = workbook.active
    sheet["G4"] = "高中"
    sheet["N2"] = "备注2"
    sheet.append([None] * 14)
    upload = bring([], content=saved(workbook))
    assert (upload.changed, upload.same, upload.error) == (1, 4, 0)
    assert upload.unknown == [{"letter": "N", "title": "备注2"}]
    changed = StagedRow.objects.get(upload_id=upload.pk, verdict="changed")
    assert changed.diff == {"1.education": ["初中", "高中"]}
    services.ignore_unknown_columns(upload=upload)
    done = services.commit_upload(upload=upload)
    found = Person.objects.get(number="P00000001")
    assert (found.education, found.id_number.reveal(), found.phone.reveal()) == ("高中", id_of(1), "19900000001")
    services.undo_upload(upload=done)
    assert Person.objects.get(number="P00000001").education == "初中"


def test_a_stale_export_and_a_foreign_id_are_refused_and_a_mask_alone_too(bring: Any) -> None:
    services.commit_upload(upload=bring([person(n) for n in range(3)]))
    workbook = export_people()
    sheet = workbook.active
    sheet["G3"] = "高中"
    sheet["L4"] = "00000000-0000-0000-0000-000000000001"
    Person.objects.filter(number="P00000000").update(education="大专")
    upload = bring([], content=saved(workbook))
    codes = [
        row.problems[0]["code"]
        for row in StagedRow.objects.filter(upload_id=upload.pk, verdict="error").order_by("number")
    ]
    assert codes == ["row.outdated", "row.unknown"]
    bare = bring([person(0, 证件号码="****************17")])
    assert StagedRow.objects.get(upload_id=bare.pk).problems[0]["code"] == "cell.masked"


def test_old_files_and_staged_rows_are_cleared(bring: Any, django_capture_on_commit_callbacks: Any) -> None:
    old, fresh = bring([person(0)]), bring([person(1)])
    Upload.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert discard_old_files() == 1
    assert not StagedRow.objects.filter(upload_id=old.pk).exists()
    with pytest.raises(FileNotFoundError):
        storage.fetch(old.stored)
    assert storage.fetch(fresh.stored)
    old.refresh_from_db()
    assert (old.stored, old.state) == ("", "cancelled")
