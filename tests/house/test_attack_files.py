"""Hostile files and hurried hands: bombs, disguises, the same file twice, two commits of one upload."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from kernel.accounts.models import Appointment, User
from kernel.accounts.scopes import scope_for
from kernel.exchange import services as exchange
from kernel.exchange.models import StagedRow, Upload
from kernel.jobs.models import Job
from kernel.wall.scope import open_scope
from tests.conftest import YANJIN
from tests.factories.accounts import AppointmentFactory
from tests.kernel.exchange.books import book

As = Callable[..., Client]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    return stream.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("名单.xlsx", bomb()),
        ("名单.xlsx", OLE),
        ("名单.xls", OLE),
        ("名单.xlsx", "姓名,证件号码\n张三,1\n".encode()),
        ("名单.xlsx", b"MZ\x90\0" + b"\0" * 600),
        ("名单.xlsm", b"PK\x03\x04" + b"\0" * 40),
        ("名单.xlsx", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"),
        ("..\\..\\etc\\名单.xlsx", b"\0" * 100),
        ("名单.xlsx", b""),
    ],
    ids=["bomb", "xls-disguised", "xls", "csv-disguised", "program", "macro", "xml", "path", "empty"],
)
def test_what_is_no_workbook_is_refused_at_the_door(name: str, content: bytes, client_as: As, acting: Any) -> None:
    client = client_as("clerk", YANJIN)
    given = {"file": SimpleUploadedFile(name, content)}
    response = client.post(reverse("exchange:new", args=["labour.people"]), given)
    assert response.status_code == 400
    assert "root:" not in response.content.decode()
    with acting():
        assert Upload.objects.count() == 0


@pytest.mark.django_db
def test_another_offices_id_does_not_travel_with_the_file(client_as: As, acting: Any) -> None:
    client = client_as("township", 410726101000)
    given = {
        "file": SimpleUploadedFile("a.xlsx", book([["1"]], ["列"])), "division": str(YANJIN), "village": str(YANJIN),
        "state": "committed", "created_by": "1",
    }  # fmt: skip
    assert client.post(reverse("exchange:new", args=["labour.people"]), given).status_code == 302
    with acting():
        upload = Upload.objects.get()
    assert (upload.village_id, upload.created_by_id) == (410726101000, client.user.pk)  # type: ignore[attr-defined]
    assert upload.state != Upload.State.COMMITTED


def at_once(work: Callable[[], Any], times: int = 2) -> list[Any]:
    """What each of several threads got, all released together."""
    gate, found = threading.Barrier(times), []

    def run() -> None:
        try:
            gate.wait(20)
            found.append(work())
        except Exception as error:  # noqa: BLE001 -- intended: the kind of refusal is what the test looks at
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return found


@pytest.fixture
def post(committed_database: Any) -> Appointment:
    """A county clerk who is really committed, so that several connections see the same."""
    user = User.objects.create_user("parallel", "Yanjin-2020!", full_name="测试员", home_id=YANJIN)
    return AppointmentFactory(user=user, division_id=YANJIN)


def test_two_commits_of_one_upload_are_one(post: Appointment) -> None:
    scope = scope_for(post, write=True, source="page")
    with open_scope(scope):
        upload = Upload.objects.create(
            village_id=YANJIN, importer="labour.employers", file_name="a.xlsx", sha256="0" * 64, size=1, stored="x",
            state=Upload.State.READY, new=1, created_by_id=post.user_id,
        )  # fmt: skip
        StagedRow.objects.create(village_id=YANJIN, upload_id=upload.pk, number=4, verdict="new", chosen=True, data={})

    def commit() -> Any:
        with open_scope(scope):
            return exchange.request_commit(upload=upload).state

    found = at_once(commit, 3)
    assert [each for each in found if each == Upload.State.COMMITTING] == [Upload.State.COMMITTING]
    assert [type(each) for each in found if each != Upload.State.COMMITTING] == [exchange.NotNow] * 2
    with open_scope(scope):
        assert Job.objects.filter(kind="exchange.commit").count() == 1


def test_the_same_file_twice_at_once_is_two_uploads_of_one_content(post: Appointment) -> None:
    scope, content = scope_for(post, write=True, source="page"), book([["1"]], ["列"])

    def receive() -> str:
        with open_scope(scope):
            return exchange.receive_upload(
                content=content, file_name="a.xlsx", importer="labour.people", division=YANJIN
            ).sha256

    found = at_once(receive)
    assert len(set(found)) == 1
    with open_scope(scope):
        rows = list(Upload.objects.values_list("stored", "job_id"))
    assert len(rows) == 2
    assert len({stored for stored, _ in rows}) == len({job for _, job in rows}) == 2
