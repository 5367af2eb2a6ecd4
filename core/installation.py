"""What this database is, and whether this start fits it."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from core.models import Installation


class WrongInstallation(SystemExit):
    """DEMO does not fit the database."""


def present() -> Installation | None:
    """The installation row, None on an empty system."""
    return Installation.objects.first()


def claim(kind: str) -> Installation:
    """Mark an empty system as demo or real; a system of the other kind is refused with a sentence."""
    with transaction.atomic():
        row, _ = Installation.objects.get_or_create(
            pk=1, defaults={"kind": kind, "county_code": settings.COUNTY_CODE}
        )
    if row.kind != kind:
        raise WrongInstallation(sentence(row.kind))
    return row


def verify() -> None:
    """Refuse a start whose DEMO does not fit the database."""
    row = present()
    if row is not None and (row.kind == Installation.Kind.DEMO) != settings.DEMO:
        raise WrongInstallation(sentence(row.kind))


def sentence(kind: str) -> str:
    """Why the start is refused."""
    if kind == Installation.Kind.REAL:
        return "此数据库是正式数据，不能以演示方式（DEMO=1）启动；请设 DEMO=0，或另设 DATA_DIR。"
    return "此数据库是演示数据，不能以正式方式（DEMO=0）启动；请另设 DATA_DIR 建立正式系统。"
