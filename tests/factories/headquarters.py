"""Stored figures. Open a writing scope that covers the village first."""

from __future__ import annotations

import factory

from headquarters.models import FigureValue
from tests.factories.labour import VILLAGE


class FigureValueFactory(factory.django.DjangoModelFactory[FigureValue]):
    """Ten labourers of a village, in a year of its own."""

    class Meta:
        model = FigureValue

    village_id = VILLAGE
    figure = "F01"
    period = factory.Sequence(lambda n: str(1990 + n % 100))
    numerator = 10
    denominator = 10
