"""The county's workbooks: people with their households, employers, employment by month."""

from labour.imports.employers import EmployersWorkbook
from labour.imports.people import PeopleWorkbook
from labour.imports.spells import SpellsWorkbook

__all__ = ["EmployersWorkbook", "PeopleWorkbook", "SpellsWorkbook"]
