"""A small world for the walls: four places with a person each, so that every door can be asked what it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernel.divisions.models import Division
from kernel.exchange import services as exchange
from kernel.exchange.models import Upload
from kernel.jobs.models import Job
from kernel.jobs.services import enqueue
from labour.models import Employer, EmploymentSpell, Person
from subsidies.loading import load_schemes
from subsidies.models import Entitlement
from tests.conftest import SECOND, YANJIN
from tests.factories.labour import EmployerFactory, PersonFactory, SpellFactory, set_up
from tests.kernel.exchange.books import book

HERE, NEIGHBOUR, OTHER_TOWNSHIP, OTHER_COUNTY = 410726101201, 410726101202, 410726102201, 410799100200
TOWNSHIP, SECOND_TOWNSHIP = 410726101000, 410726102000
PLACES = {HERE: "魏本村", NEIGHBOUR: "吕邻村", OTHER_TOWNSHIP: "严外乡", OTHER_COUNTY: "姜异县"}
OFFICES = (YANJIN, TOWNSHIP, SECOND_TOWNSHIP, SECOND)
"""Where files are handed in and background work is asked for."""


@dataclass(frozen=True)
class World:
    """The people by place, the employer of each county, the spell by place."""

    people: dict[int, Person]
    employers: dict[int, Employer]
    spells: dict[int, EmploymentSpell]

    def names_within(self, lo: int, hi: int) -> set[str]:
        """Names of the people who live in a range: what a door may show to that range."""
        return {name for place, name in PLACES.items() if lo <= place < hi}


@dataclass(frozen=True)
class Ledger(World):
    """The world with what comes after work: awards by village and by county, and each office's files and jobs."""

    awards: dict[int, Entitlement]
    uploads: dict[int, Upload]
    jobs: dict[int, Job]


def build(acting: Callable[..., Any]) -> World:
    """People, employers and six months of work each, settled, through the same scope as everybody."""
    people, spells, employers = {}, {}, {}
    for county, name in ((YANJIN, "延津测试厂有限公司"), (SECOND, "示范测试厂有限公司")):
        with acting(county):
            set_up(county)
            employers[county] = EmployerFactory(village_id=county, name=name)
            for place, person in PLACES.items():
                if place - place % 1_000_000 == county:
                    people[place] = PersonFactory(village_id=place, name=person)
                    spells[place] = SpellFactory(person=people[place], employer=employers[county], employer_name=name)
    return World(people, employers, spells)


def fill(world: World, acting: Callable[..., Any], appoint: Callable[..., Any]) -> Ledger:
    """The shipped schemes in force, six months outside for each person, and a file and a job of each office."""
    awards: dict[int, Entitlement] = {}
    for county in (YANJIN, SECOND):
        with acting(county):
            load_schemes(county=Division.objects.get(pk=county))
            for place, person in world.people.items():
                if place - place % 1_000_000 == county:
                    SpellFactory(
                        person=person,
                        start=dt.date(2019, 7, 1),
                        end=dt.date(2019, 12, 1),
                        area=EmploymentSpell.Area.OUTSIDE,
                        place_province="浙江省",
                        place_city="杭州市",
                        place_county="萧山区",
                        employer_name="外地厂",
                    )
        with acting(county):
            awards |= {each.village_id: each for each in Entitlement.objects.select_related("terms")}
    uploads, jobs = {}, {}
    for office in OFFICES:
        role = "clerk" if office in (YANJIN, SECOND) else "township"
        with acting(appoint(role, office)):
            uploads[office] = exchange.receive_upload(
                content=book([[f"行{office}"]], ["列"]),
                file_name=file_name(office),
                importer="labour.people",
                division=office,
            )
            jobs[office] = enqueue("subsidies.recalculate", division=office, params={"year": 2019})
    return Ledger(world.people, world.employers, world.spells, awards, uploads, jobs)


def file_name(office: int) -> str:
    """What the office called its file."""
    return f"名单{office}.xlsx"
