"""Households, people, employers, employment, and the year rows derived from them."""

from labour.models.employers import Employer
from labour.models.employment import EmploymentSpell
from labour.models.people import Household, LabourStandard, Person
from labour.models.years import CountyRegister, PersonYear, StaleMark, WorkerYear

__all__ = [
    "CountyRegister",
    "Employer",
    "EmploymentSpell",
    "Household",
    "LabourStandard",
    "Person",
    "PersonYear",
    "StaleMark",
    "WorkerYear",
]
