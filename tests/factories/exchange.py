"""Jobs, uploads and staged rows. Open a writing scope that covers the village first."""

from __future__ import annotations

import factory

from kernel.exchange.models import StagedRow, Upload
from kernel.jobs.models import Job

COUNTY = 410799000000


class JobFactory(factory.django.DjangoModelFactory[Job]):
    """A queued job of the house."""

    class Meta:
        model = Job

    village_id = COUNTY
    kind = "exchange.read"
    params = factory.Sequence(lambda n: {"upload": n})
    params_hash = factory.Sequence(lambda n: f"{n:064x}")


class UploadFactory(factory.django.DjangoModelFactory[Upload]):
    """An upload that waits to be committed."""

    class Meta:
        model = Upload

    village_id = COUNTY
    importer = "labour.people"
    file_name = "人员.xlsx"
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size = 1000
    stored = factory.Sequence(lambda n: f"{n:032x}")
    state = Upload.State.READY


class StagedRowFactory(factory.django.DjangoModelFactory[StagedRow]):
    """A new row of an upload of its own."""

    class Meta:
        model = StagedRow
        exclude = ("upload",)

    upload = factory.SubFactory(UploadFactory)
    village_id = factory.SelfAttribute("upload.village_id")
    upload_id = factory.SelfAttribute("upload.pk")
    number = factory.Sequence(lambda n: n + 4)
    verdict = StagedRow.Verdict.NEW
    data = factory.LazyFunction(dict)
