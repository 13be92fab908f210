"""Lines of the log, through the doors by which they are really written. Open a scope first."""

from __future__ import annotations

from typing import Any

import factory
from django.db import connection

from kernel.audit.chain import GENESIS, link_hash
from kernel.audit.models import Act, Event, Seal
from kernel.audit.services import record


class ActFactory(factory.django.DjangoModelFactory[Act]):
    """The act of the open scope: the database writes it, nobody else can."""

    class Meta:
        model = Act

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Act:
        with connection.cursor() as cursor:
            cursor.execute("SELECT wall_act()")
            (key,) = cursor.fetchone()
        return Act.objects.get(pk=key)


class EventFactory(factory.django.DjangoModelFactory[Event]):
    """A person was looked at."""

    class Meta:
        model = Event

    action = "person.unmask"
    rows = 1
    purpose = "核对"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Event:
        return Event.objects.get(pk=record(kwargs.pop("action"), **kwargs))


class SealFactory(factory.django.DjangoModelFactory[Seal]):
    """A first link over nothing."""

    class Meta:
        model = Seal

    from_txid = 0
    upto_txid = factory.Sequence(lambda n: n + 1)
    rows = 0
    digest = "0" * 64
    previous = GENESIS

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Seal:
        seal = Seal(**kwargs)
        seal.hash = link_hash(seal)
        seal.save(force_insert=True)
        return seal
