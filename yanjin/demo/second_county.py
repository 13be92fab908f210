"""A second county of a dozen invented people, as three workbooks in the county layout: it shows the wall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

COUNTY, CODE = "示范县", 410799000000
VILLAGES = (
    ("清河镇", "东清河村", "410799100200"),
    ("清河镇", "西清河村", "410799100201"),
    ("柳林镇", "柳林村", "410799101200"),
)
# name, sex, birth, labour ability: rare characters, an interpunct and many-reading surnames on purpose
LOST = "丧失劳动力"
PEOPLE = (
    ("单雄信", "男", "19810224", "技能劳动力"),
    ("解珍", "女", "19830525", "普通劳动力"),
    ("曾国强", "男", "19790301", "普通劳动力"),
    ("仇英", "女", "19900712", "普通劳动力"),
    ("查良", "男", "19751120", "弱劳动力或半劳动力"),
    ("区小芳", "女", "19880808", "普通劳动力"),
    ("覃勇", "男", "19920114", "普通劳动力"),
    ("尉迟恭礼", "男", "19860606", "技能劳动力"),
    ("买买提·吐尔逊", "男", "19840419", "普通劳动力"),
    ("李䶮", "男", "19950930", "普通劳动力"),
    ("王𬱟", "女", "19770215", "普通劳动力"),
    ("赵老根", "男", "19480102", LOST),
)
PEOPLE_HEAD = [
    "县",
    "乡",
    "村",
    "户编号",
    "人口编号",
    "姓名",
    "性别",
    "出生日期",
    "证件类型",
    "证件号码",
    "民族",
    "成员联系电话",
    "年度",
    "与户主关系",
    "文化程度",
    "在校生状况",
    "劳动技能",
    "健康状况",
    "政治面貌",
    "是否享受低保",
    "脱贫户属性",
    "行政区划代码",
]
SPELL_HEAD = [
    "县",
    "乡",
    "村",
    "户编号",
    "姓名",
    "证件号码",
    "是否已务工",
    "开始时间",
    "结束时间",
    "务工所在省",
    "务工所在市",
    "务工所在县",
    "务工月收入",
    "务工企业名称",
    "所属行业",
    "就业渠道",
    "是否点对点输送",
]
EMPLOYERS = (("清河示例服装有限公司", "企业"), ("柳林示例种植专业合作社", "合作社"))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(birth: str, serial: int, sex: str) -> str:
    """An 18-digit number under the unallocated county code, with its check digit."""
    order = serial * 10 + (1 if sex == "男" else 2)
    body = f"410799{birth}{order:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def write_workbooks(folder: Path) -> dict[str, Path]:
    """Write the three workbooks; the same data every time. Returns file name -> path."""
    folder.mkdir(parents=True, exist_ok=True)
    books = (
        ("人员信息.xlsx", f"{COUNTY}建档立卡人员信息导出", PEOPLE_HEAD, [_person(n) for n in range(len(PEOPLE))]),
        ("用工主体.xlsx", f"{COUNTY}带贫用工主体名册", ("名称", "类型", "县"), [[*each, COUNTY] for each in EMPLOYERS]),
        ("务工月监测.xlsx", f"{COUNTY}2019年务工监测台账", SPELL_HEAD, [_spell(n) for n in _workers()]),
    )
    return {name: _write(folder / name, title, head, rows) for name, title, head, rows in books}


def _home(index: int) -> list[str]:
    township, village, _code = VILLAGES[index % len(VILLAGES)]
    return [COUNTY, township, village, f"410799{index + 1:06d}"]


def _person(index: int) -> list[object]:
    name, sex, birth, ability = PEOPLE[index]
    number, phone = identity(birth, index + 1, sex), f"1990000{index:04d}"
    health = "长期慢性病" if ability == LOST else "健康"
    card = [f"9{index + 1:09d}", name, sex, birth, "居民身份证", number, "汉族", phone, 2019, "户主", "初中", ""]
    return [*_home(index), *card, ability, health, "群众", "否", "一般脱贫户", VILLAGES[index % len(VILLAGES)][2]]


def _workers() -> list[int]:
    return [index for index, person in enumerate(PEOPLE) if person[3] != LOST]


def _spell(index: int) -> list[object]:
    name, sex, birth, _ability = PEOPLE[index]
    away = ("浙江省", "杭州市", "萧山区", 3000.5 + index * 10, "某电子厂", "制造业", "外出务工")
    near = ("河南省", "示范市", COUNTY, 3000.5 + index * 10, EMPLOYERS[index % 2][0], "制造业", "帮扶车间")
    months = ("是", "2019年03月", "2019年11月")
    return [*_home(index), name, identity(birth, index + 1, sex), *months, *(away if index % 4 == 0 else near), "否"]


def _write(path: Path, title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_string(0, 0, title)
        sheet.write_string(1, 0, "填报单位:          填报时间:2019-12-31          单位:人、元")
        for column, text in enumerate(head):
            sheet.write_string(2, column, text)
        for number, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value)
    return path
