"""Units, people, their postings and tokens, dispatches, notices, the county's calendar."""

from organization.models.calendar import CalendarDay
from organization.models.people import ApiToken, Posting, User
from organization.models.traffic import Dispatch, Notice
from organization.models.units import Unit, UnitAlias

__all__ = ["ApiToken", "CalendarDay", "Dispatch", "Notice", "Posting", "Unit", "UnitAlias", "User"]
