"""Households, people, employers, spells under the unallocated county code 410799. Open a writing scope first."""

from __future__ import annotations

import datetime as dt
from itertools import count

import factory

from kernel.divisions.codes import Range
from kernel.divisions.models import Division
from kernel.identity.id_number import check_digit
from kernel.identity.pinyin import full_pinyin, initials_all
from kernel.protection.provider import blind_index
from kernel.records.models import Record
from labour.models import (
    CountyRegister,
    Employer,
    EmploymentSpell,
    Household,
    LabourStandard,
    Person,
    PersonYear,
    StaleMark,
    WorkerYear,
)
from labour.services.county import set_up_county

VILLAGE = 410726103210
_serials = count(1)


def id_number(birth: dt.date, sex: str = "1", serial: int | None = None) -> str:
    """A valid number under 410799; the same birth date, sex and serial (0-499) give the same number."""
    number = next(_serials) % 500 if serial is None else serial
    first = f"410799{birth:%Y%m%d}{number * 2 + (1 if sex == '1' else 0):03d}"
    return first + check_digit(first)


def set_up(county: int) -> None:
    """The county's code lists, default standard and register from 2019 on."""
    set_up_county(division=Division.objects.get(pk=county), first_year=2019)


class _Placed(factory.django.DjangoModelFactory):
    village_id = VILLAGE

    class Meta:
        abstract = True


class LabourStandardFactory(factory.django.DjangoModelFactory):
    county_id = VILLAGE - VILLAGE % 1_000_000
    valid_from = factory.Sequence(lambda n: dt.date(2016, 1, 1) + dt.timedelta(days=n))
    abilities = ["ordinary", "skilled", "weak"]

    class Meta:
        model = LabourStandard


class CountyRegisterFactory(factory.django.DjangoModelFactory):
    county_id = VILLAGE - VILLAGE % 1_000_000
    first_year = 2019
    as_of = dt.date(2020, 6, 29)

    class Meta:
        model = CountyRegister
        django_get_or_create = ["county_id"]


class HouseholdFactory(_Placed):
    number = factory.Sequence(lambda n: f"410799{n:06d}")
    category = "lifted"

    class Meta:
        model = Household


class PersonFactory(_Placed):
    """An ordinary male labourer of 1980 in his own household. `id_number=None` for a person without one."""

    household = factory.SubFactory(HouseholdFactory, village_id=factory.SelfAttribute("..village_id"))
    number = factory.Sequence(lambda n: f"{n:010d}")
    name = factory.Sequence(lambda n: f"试{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'一二三四五六七八九十'[n // 10 % 10]}")
    name_pinyin = factory.LazyAttribute(lambda o: full_pinyin(o.name).replace(" ", ""))
    name_initials = factory.LazyAttribute(lambda o: initials_all(o.name))
    sex = "1"
    birth_date = factory.Sequence(lambda n: dt.date(1980, 1, 1) + dt.timedelta(days=n // 400 % 3000))
    id_number = factory.LazyAttribute(lambda o: id_number(o.birth_date, o.sex))
    id_index = factory.LazyAttribute(lambda o: _index("id_number", o.id_number, o.village_id))
    id_tail_index = factory.LazyAttribute(lambda o: _index("id_tail", (o.id_number or "")[-4:], o.village_id))
    phone = factory.Sequence(lambda n: f"199{n:08d}")
    phone_index = factory.LazyAttribute(lambda o: _index("phone", o.phone, o.village_id))
    relation = "head"
    ethnicity = "01"
    education = "junior"
    ability = "ordinary"
    health = "healthy"
    politics = "masses"

    class Meta:
        model = Person


def _index(column: str, value: str | None, village: int) -> bytes | None:
    county = village - village % 1_000_000
    return blind_index(value, context=f"labour.person.{column}", county=county) if value else None


class EmployerFactory(_Placed):
    village_id = VILLAGE - VILLAGE % 1_000_000
    name = factory.Sequence(lambda n: f"示范企业{n:04d}有限公司")
    kind = Employer.Kind.ENTERPRISE

    class Meta:
        model = Employer


class SpellFactory(_Placed):
    """Six months of local work in 2019 at 2,000 yuan a month. Give `person`, its village follows."""

    person = factory.SubFactory(PersonFactory)
    village_id = factory.SelfAttribute("person.village_id")
    start = dt.date(2019, 1, 1)
    end = dt.date(2019, 6, 1)
    area = EmploymentSpell.Area.COUNTY
    place_province = "河南省"
    place_city = "新乡市"
    place_county = "延津县"
    wage_fen = 200_000
    employer_name = factory.LazyAttribute(lambda o: o.employer.name if o.employer else "本地务工")
    employer = None
    industry = "agriculture"
    channel = "other"

    class Meta:
        model = EmploymentSpell


class PersonYearFactory(_Placed):
    person = factory.SubFactory(PersonFactory)
    village_id = factory.SelfAttribute("person.village_id")
    year = 2019
    labourer = True
    willing = True

    class Meta:
        model = PersonYear


class WorkerYearFactory(_Placed):
    person = factory.SubFactory(PersonFactory)
    village_id = factory.SelfAttribute("person.village_id")
    employer = factory.SubFactory(EmployerFactory)
    year = 2019
    labourer = True
    months = 0b111111
    wages_fen = 1_200_000

    class Meta:
        model = WorkerYear


class StaleMarkFactory(_Placed):
    year = 2019

    class Meta:
        model = StaleMark


def household(**fields: object) -> Household:
    """One household."""
    return HouseholdFactory(**fields)


def person(**fields: object) -> Person:
    """One labourer."""
    return PersonFactory(**fields)


def spell(**fields: object) -> EmploymentSpell:
    """One spell."""
    return SpellFactory(**fields)


def employer(**fields: object) -> Employer:
    """One employer."""
    return EmployerFactory(**fields)


def span_of(row: Record) -> Range:
    """The range that holds just this row's village."""
    return Range(row.village_id, row.village_id + 1)
