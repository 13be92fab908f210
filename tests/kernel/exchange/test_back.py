"""What goes back to people: the annotated workbook, exports, templates, the wizard, the job path."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kernel.audit.models import Event
from kernel.exchange import services
from kernel.exchange.annotating import all_problems, annotated_workbook
from kernel.exchange.exporting import OutColumn, PurposeMissing, export_csv, export_workbook, template_workbook
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
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
            assert marked[cell.coordinate].value == cell.value
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
