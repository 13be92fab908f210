"""Entries of a code list that no county uses."""

from __future__ import annotations

import factory

from kernel.codes.models import Code, CodeLabel


class CodeFactory(factory.django.DjangoModelFactory[Code]):
    """One code."""

    class Meta:
        model = Code

    list = "tests"
    key = factory.Sequence(lambda n: f"key{n}")
    label_zh = factory.Sequence(lambda n: f"试验代码{n}")
    label_en = factory.Sequence(lambda n: f"test code {n}")


class CodeLabelFactory(factory.django.DjangoModelFactory[CodeLabel]):
    """Another spelling of a code."""

    class Meta:
        model = CodeLabel

    code = factory.SubFactory(CodeFactory)
    label = factory.Sequence(lambda n: f"写法{n}")
