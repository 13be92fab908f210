"""Where a job is, seen from the home county: in the county, in the province, in another one, abroad."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from kernel.divisions.models import Division
from kernel.identity.problems import Problem, ProblemError

# GB/T 2260, first two digits.
PROVINCES = {
    11: "北京市", 12: "天津市", 13: "河北省", 14: "山西省", 15: "内蒙古自治区", 21: "辽宁省", 22: "吉林省", 23: "黑龙江省",
    31: "上海市", 32: "江苏省", 33: "浙江省", 34: "安徽省", 35: "福建省", 36: "江西省", 37: "山东省", 41: "河南省",
    42: "湖北省", 43: "湖南省", 44: "广东省", 45: "广西壮族自治区", 46: "海南省", 50: "重庆市", 51: "四川省", 52: "贵州省",
    53: "云南省", 54: "西藏自治区", 61: "陕西省", 62: "甘肃省", 63: "青海省", 64: "宁夏回族自治区",
    65: "新疆维吾尔自治区", 71: "台湾省", 81: "香港特别行政区", 82: "澳门特别行政区",
}  # fmt: skip
ABROAD = frozenset({"境外", "国外", "海外"})
_ENDINGS = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")

NO_PROVINCE = Problem("place.province", _("务工所在省为空，请填写省名，境外请填“境外”。"))
UNKNOWN_PROVINCE = Problem("place.province_unknown", _("没有这个省，请写全称，例如河南省；境外请填“境外”。"))
NO_COUNTY = Problem("place.county", _("务工所在县为空，请填到县级。"))


def _stem(name: str) -> str:
    """河南省 and 河南 are the same."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)]
    return name


_STEMS = {_stem(name): name for name in PROVINCES.values()}


@dataclass(frozen=True)
class Home:
    """The names by which workbooks call the home county and its province."""

    province: str
    county: frozenset[str]

    @classmethod
    def of(cls, county: Division) -> Home:
        """From the division; the province comes from the code, since a county may be loaded without it."""
        return cls(PROVINCES[county.pk // 10_000_000_000], frozenset({county.name, county.short_name}))

    def area(self, *, province: str, county: str) -> str:
        """The `EmploymentSpell.Area` of a place. ProblemError when the province is unknown or the county missing."""
        if not province:
            raise ProblemError(NO_PROVINCE)
        if province in ABROAD:
            return "abroad"
        full = _STEMS.get(_stem(province))
        if full is None:
            raise ProblemError(UNKNOWN_PROVINCE)
        if not county:
            raise ProblemError(NO_COUNTY)
        if full != self.province:
            return "outside"
        return "county" if county in self.county else "province"
