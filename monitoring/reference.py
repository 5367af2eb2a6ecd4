"""Reference rows that every installation needs: rules and the work calendar. Idempotent, never a data migration."""

from core import limits
from organization.services.calendar import install_calendar
from reports.rules import RULES as REPORT_RULES


def install_reference_data() -> int:
    """Install rules and calendar days that are not there yet; returns how many rules were new."""
    install_calendar()
    return limits.install(REPORT_RULES)
