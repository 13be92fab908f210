"""Charts: valid XML, no style attributes, links and tables that hold the same numbers, small enough to send."""

from __future__ import annotations

import gzip
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.web.charts import Bar, Point, Series, Tile, bars, fraction_bar, treemap, trend
from kernel.web.charts.drawing import fitted, nice_ceiling, number_text, text_width
from kernel.web.charts.fraction import percent_text
from kernel.web.charts.squares import Box, squarify
from kernel.web.charts.treemap import quintiles

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: str) -> Element:
    assert "style=" not in chart
    assert "<script" not in chart
    return fromstring(chart)  # noqa: S314 - intended: our own output


def rows_of(tree: Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


def county(villages: int = 339) -> list[Tile]:
    return [
        Tile(f"村{number}", 1 + number % 29, number % 41, href=f"/d/{410726100000 + number}/", group=f"乡{number % 17}")
        for number in range(villages)
    ]


def county_map(tiles: list[Tile]) -> str:
    return treemap(tiles, title="各村", size_label="登记劳动力", shade_label="未就业比例", unit="人", shade_unit="%")


def test_bars_fill_in_proportion_and_repeat_the_numbers_in_the_table() -> None:
    tree = parsed(bars([Bar("东屯镇", 50, href="/d/1/"), Bar("丰庄镇", 200)], title="人数", unit="人", heading="乡镇"))
    assert [each.get("width") for each in tree.iter(f"{SVG}rect") if each.get("class") == "bar-fill"] == ["25%", "100%"]
    assert rows_of(tree) == [["乡镇", "人"], ["东屯镇", "50"], ["丰庄镇", "200"]]
    assert [each.get("href") for each in tree.iter() if each.tag.endswith("a")] == ["/d/1/", "/d/1/"]


def test_bars_escape_names_and_keep_a_text_given() -> None:
    tree = parsed(bars([Bar('<b>&"村', 1, text="76.93 万元")], title="a<b"))
    assert rows_of(tree)[1] == ['<b>&"村', "76.93 万元"]
    assert tree.find("figcaption").text == "a<b"  # type: ignore[union-attr]


def test_bars_of_nothing_and_of_zeros_are_drawn() -> None:
    assert rows_of(parsed(bars([], title="空"))) == [["名称", "数值"]]
    tree = parsed(bars([Bar("甲", 0)], title="零"))
    assert [each.get("width") for each in tree.iter(f"{SVG}rect") if each.get("class") == "bar-fill"] == ["0%"]


def test_negative_numbers_are_refused_everywhere() -> None:
    with pytest.raises(ValueError, match="negative"):
        bars([Bar("甲", -1)], title="")
    with pytest.raises(ValueError, match="zero or more"):
        fraction_bar(-1, 2, title="")
    with pytest.raises(ValueError, match="negative"):
        trend(Series("2019", [Point("1月", -1)]), title="")
    with pytest.raises(ValueError, match="negative"):
        squarify([-1], Box(0, 0, 1, 1))


def test_a_drawing_with_links_is_a_group_and_one_without_is_an_image() -> None:
    linked = parsed(bars([Bar("甲", 1, href="/a/")], title="有链接")).find(f"{SVG}svg")
    plain = parsed(bars([Bar("甲", 1)], title="无链接")).find(f"{SVG}svg")
    assert linked is not None
    assert plain is not None
    assert (linked.get("role"), linked.get("aria-label")) == ("group", "有链接")
    assert (plain.get("role"), plain.find(f"{SVG}title").text) == ("img", "无链接")  # type: ignore[union-attr]
    assert plain.find(f"{SVG}desc") is not None


def test_fraction_above_a_hundred_percent_marks_where_the_whole_lies() -> None:
    chart = fraction_bar(4707, 4064, title="就近就业率", numerator_unit="人次", denominator_unit="人")
    tree = parsed(chart)
    assert "4,707 人次 ÷ 4,064 人 = 115.8%" in chart
    assert [each.get("x1") for each in tree.iter(f"{SVG}line")] == ["86.34%"]
    assert rows_of(tree)[1:] == [["分子", "4,707 人次"], ["分母", "4,064 人"], ["比率", "115.8%"]]


def test_fraction_below_the_whole_has_no_mark_and_nothing_to_divide_by_is_a_dash() -> None:
    tree = parsed(fraction_bar(1, 4, title="就业率"))
    assert [each.get("width") for each in tree.iter(f"{SVG}rect")] == ["100%", "25%"]
    assert list(tree.iter(f"{SVG}line")) == []
    assert percent_text(0, 0) == "—"
    assert percent_text(1, 2000) == "0.1%"


def test_trend_leaves_a_gap_where_a_month_is_unknown() -> None:
    current = Series("2019 年", [Point("1月", 10), Point("2月", None), Point("3月", 20), Point("4月", 30)])
    previous = Series("2018 年", [Point("1月", 5), Point("2月", 6)])
    tree = parsed(trend(current, previous, title="就业人数", unit="人"))
    kinds = [each.get("class") for each in tree.iter(f"{SVG}line")]
    assert kinds.count("line-current") == 1
    assert kinds.count("line-previous") == 1
    assert len(list(tree.iter(f"{SVG}circle"))) == 3
    assert rows_of(tree)[1:] == [["1月", "10", "5"], ["2月", "—", "6"], ["3月", "20", "—"], ["4月", "30", "—"]]


def test_trend_without_points_is_drawn() -> None:
    assert rows_of(parsed(trend(Series("2019 年", []), title="空"))) == [["时间", "2019 年"]]


def test_treemap_links_every_place_and_its_table_adds_up() -> None:
    tiles = county()
    tree = parsed(county_map(tiles))
    area = next(each for each in tree.iter(f"{SVG}svg") if each.get("class") == "tiles-area")
    assert {each.get("href") for each in area.iter(f"{SVG}a")} == {tile.href for tile in tiles}
    assert {each.get("tabindex") for each in area.iter(f"{SVG}a")} == {"-1"}
    assert sum(int(row[1]) for row in rows_of(tree)[1:]) == sum(tile.size for tile in tiles)


def test_treemap_of_a_whole_county_is_small_when_compressed() -> None:
    drawing, table = county_map(county()).split("<details")
    assert len(gzip.compress(drawing.encode(), 6)) < 10 * 1024
    assert len(gzip.compress(table.encode(), 6)) < 5 * 1024


def test_treemap_rectangles_stay_inside_and_do_not_overlap() -> None:
    tree = parsed(county_map(county()))
    area = next(each for each in tree.iter(f"{SVG}svg") if each.get("class") == "tiles-area")
    covered: set[tuple[int, int]] = set()
    for rectangle in area.iter(f"{SVG}rect"):
        x, y, width, height = (int(rectangle.get(name, "")) for name in ("x", "y", "width", "height"))
        cells = {(column, row) for column in range(x, x + width) for row in range(y, y + height)}
        assert not cells & covered
        covered |= cells
    assert all(0 <= column < 640 and 0 <= row < 420 for column, row in covered)


def test_treemap_without_data_shows_grey_and_says_so() -> None:
    chart = county_map([Tile("甲村", 3), Tile("乙村", 0, 5)])
    tree = parsed(chart)
    area = next(each for each in tree.iter(f"{SVG}svg") if each.get("class") == "tiles-area")
    assert [each.get("class") for each in area.iter(f"{SVG}rect")] == ["q0"]
    assert "无数据" in chart
    assert rows_of(tree)[1:] == [["甲村", "3", "—"], ["乙村", "0", "5"]]
    assert rows_of(parsed(county_map([]))) == [["名称", "登记劳动力", "未就业比例"]]


def test_labels_stay_where_they_fit() -> None:
    chart = county_map([Tile("很长很长的村名村名", 1, 1), Tile("大村", 400, 2)])
    assert ">大村</text>" in chart
    assert ">很长很长的村名村名</text>" not in chart


@given(st.lists(st.integers(0, 500), max_size=60), st.floats(10, 900), st.floats(10, 900))
def test_squares_fill_the_box_in_proportion(sizes: list[int], width: float, height: float) -> None:
    laid = squarify(sizes, Box(0, 0, width, height))
    total = sum(sizes)
    assert len(laid) == len(sizes)
    for size, box in zip(sizes, laid, strict=True):
        expected = width * height * size / total if total else 0
        assert box.width * box.height == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.width <= width + 1e-6
        assert box.y + box.height <= height + 1e-6


@given(st.lists(st.floats(0, 100), max_size=40))
def test_quintiles_rise_and_part_the_values(values: list[float]) -> None:
    limits = quintiles(values)
    assert limits == sorted(set(limits))
    assert len(limits) <= 4
    assert all(min(values) < limit <= max(values) for limit in limits)


@given(st.floats(0.001, 1e9))
def test_axis_ends_just_above_the_largest_value(value: float) -> None:
    assert value * (1 - 1e-8) <= nice_ceiling(value) <= value * 2.01


def test_numbers_and_widths() -> None:
    assert [number_text(value) for value in (4064, 187.7, 76.93, 30.50, 100.0, 1000)] == [
        "4,064",
        "187.7",
        "76.93",
        "30.5",
        "100",
        "1,000",
    ]
    assert text_width("延津") == 24
    assert fitted("新乡市食品工业聚集区", 60) == "新乡市食…"
    assert fitted("东屯镇", 60) == "东屯镇"
