"""Divisions under the unallocated county, and names that workbooks give them."""

from __future__ import annotations

import factory

from kernel.divisions.models import Division, DivisionAlias

TOWNSHIP = 410799100000


class DivisionFactory(factory.django.DjangoModelFactory[Division]):
    """A village of the first township; codes from …901 on are in no list."""

    class Meta:
        model = Division

    code = factory.Sequence(lambda n: TOWNSHIP + 901 + n)
    name = factory.Sequence(lambda n: f"试验{n}村村民委员会")
    short_name = factory.Sequence(lambda n: f"试验{n}村")
    level = Division.Level.VILLAGE
    parent_id = TOWNSHIP


class DivisionAliasFactory(factory.django.DjangoModelFactory[DivisionAlias]):
    """Another name of a village."""

    class Meta:
        model = DivisionAlias

    division = factory.SubFactory(DivisionFactory)
    name = factory.Sequence(lambda n: f"老名{n}")
