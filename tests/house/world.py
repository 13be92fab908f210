"""A small world for the walls: four places with a person each, so that every door can be asked what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labour.models import Employer, EmploymentSpell, Person
from tests.conftest import SECOND, YANJIN
from tests.factories.labour import EmployerFactory, PersonFactory, SpellFactory, set_up

HERE, NEIGHBOUR, OTHER_TOWNSHIP, OTHER_COUNTY = 410726101201, 410726101202, 410726102201, 410799100200
PLACES = {HERE: "魏本村", NEIGHBOUR: "吕邻村", OTHER_TOWNSHIP: "严外乡", OTHER_COUNTY: "姜异县"}


@dataclass(frozen=True)
class World:
    """The people by place, the employer of each county, the spell by place."""

    people: dict[int, Person]
    employers: dict[int, Employer]
    spells: dict[int, EmploymentSpell]

    def names_within(self, lo: int, hi: int) -> set[str]:
        """Names of the people who live in a range: what a door may show to that range."""
        return {name for place, name in PLACES.items() if lo <= place < hi}


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
