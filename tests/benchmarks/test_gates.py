"""The gates file and the check command agree, and a breach is an exit code. No timing here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.__main__ import main
from benchmarks.areas import __path__ as area_folders
from benchmarks.gates import GATES, GatesError, outcomes, read_gates
from benchmarks.measures import Reading
from benchmarks.registry import AREAS, FILES, measures
from benchmarks.results import AreaResult

WHEN = "2020-06-29T00:00:00+00:00"
ONE_GATE = '[[gate]]\ngoal = "P8"\nmeasure = "scope.count.village"\nat_most = 1.1\nsizes = ["4k"]\n'


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    path = tmp_path / "gates.toml"
    path.write_text(ONE_GATE)
    return path


def keep(folder: Path, value: float, size: str = "4k") -> None:
    found = AreaResult(WHEN, "abc", [Reading("scope.count.village", value, {"wall": 1.0})])
    results.keep(size, "scope", found, folder)


def check(gates: Path, folder: Path) -> int:
    return main(["check", "--size", "4k", "--gates", str(gates), "--results", str(folder)])


def test_every_area_has_a_module_and_every_measure_one_name() -> None:
    names = [measure.name for _area, measure in measures()]
    files = {path.stem for folder in area_folders for path in Path(folder).glob("*.py")} - {"__init__"}
    assert len(names) == len(set(names))
    assert {FILES.get(area, area) for area in AREAS} == files


def test_every_goal_of_a_measure_is_gated() -> None:
    gated = {gate.measure for gate in read_gates(GATES)}
    free = {measure.name for _area, measure in measures() if measure.goal and measure.name not in gated}
    # what a settled edit costs with Python and with figures is told beside the goal it belongs to
    assert free == {"incremental.one.wall", "incremental.one.figures", "incremental.hundred"}


def test_the_gates_of_the_project_are_all_asked_for_without_results() -> None:
    told = list(outcomes(read_gates(GATES), {}, ["4k", "100k"]))
    assert {each.gate.measure for each in told} == {gate.measure for gate in read_gates(GATES)}
    assert {each.verdict for each in told} == {"NOT MEASURED"}


def test_a_gate_that_holds_is_exit_code_zero(gates: Path, tmp_path: Path) -> None:
    keep(tmp_path, 1.05)
    assert check(gates, tmp_path) == 0


def test_a_breached_gate_is_exit_code_one(gates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, 1.2)
    assert check(gates, tmp_path) == 1
    assert "BREACHED" in capsys.readouterr().out


def test_a_gate_without_a_measurement_is_told_with_the_reason(
    gates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.keep("4k", "scope", AreaResult(WHEN, "abc", [], "code is missing: No module named 'labour'"), tmp_path)
    assert check(gates, tmp_path) == 1
    assert "NOT MEASURED (code is missing" in capsys.readouterr().out


def test_an_exponent_is_taken_between_two_sizes(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text('[[gate]]\ngoal = "P2"\nmeasure = "eligibility.recheck.growth"\nat_most = 1.15\n')
    for size, ms in (("4k", 1.0), ("100k", 25.0)):
        found = AreaResult(WHEN, "abc", [Reading("eligibility.recheck", 1.0, {"recheck": ms})])
        results.keep(size, "eligibility", found, tmp_path)
    (told,) = outcomes(read_gates(path), results.read_all(tmp_path), ["4k", "100k"])
    assert (told.size, told.verdict, round(told.value or 0, 3)) == ("4k→100k", "holds", 1.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[gate]]\ngoal = "P1"\nmeasure = "nobody.measures"\nat_most = 1\n', "nobody.measures"),
        ('[[gate]]\ngoal = "P8"\nmeasure = "scope.count.village"\n', "either at_most or at_least"),
        ('[[gate]]\ngoal = "P8"\nmeasure = "scope.count.village"\nat_most = 1\nsizes = ["5k"]\n', "5k"),
        ('[[gate]]\ngoal = "P8"\nmeasure = "scope.count.village"\nat_most = 1\nms = 3\n', "ms"),
        (ONE_GATE + ONE_GATE, "gated twice"),
    ],
)
def test_a_gate_that_cannot_be_held_is_refused(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(text)
    with pytest.raises(GatesError, match=named):
        read_gates(path)


def test_a_result_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    reading = Reading("scope.count.village", 1.05, {"wall": 0.1}, (1.0, 1.1), "12 rows")
    results.keep("4k", "scope", AreaResult(WHEN, "abc", [reading]), tmp_path)
    results.keep("4k", "history", AreaResult(WHEN, "abc", []), tmp_path)
    assert results.read("4k", tmp_path)["scope"].readings == [reading]
