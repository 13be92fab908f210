"""Foreign keys point down: string references escape the import contracts, so the models are walked."""

from __future__ import annotations

from django.apps import apps

FLOORS = ["wall", "divisions", "audit", "accounts", "codes", "jobs", "exchange", "labour", "subsidies", "headquarters"]


def test_every_relation_points_down_or_stays_in_its_app() -> None:
    upward = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not getattr(field, "concrete", False) or target is None or target._meta.app_label not in FLOORS:
                continue
            if FLOORS.index(target._meta.app_label) > FLOORS.index(label):
                upward.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert upward == []


def test_every_app_of_ours_has_a_floor() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in {"kernel", "labour", "subsidies", "headquarters"}
    }
    assert ours - set(FLOORS) <= {"web", "rest"}
