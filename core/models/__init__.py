"""The fifteen tables of the mechanisms. They keep ids and text of people and units, never a foreign key upward."""

from core.models.audit import AuditEntry, AuditSeal
from core.models.files import Attachment, SheetCheck
from core.models.installation import Installation
from core.models.limits import Exceedance, RuleVersion, Waiver
from core.models.numbers import Citation, NumberedItem, Series
from core.models.work import Baseline, Bucket, Idempotency, Job

__all__ = [
    "Attachment",
    "AuditEntry",
    "AuditSeal",
    "Baseline",
    "Bucket",
    "Citation",
    "Exceedance",
    "Idempotency",
    "Installation",
    "Job",
    "NumberedItem",
    "RuleVersion",
    "Series",
    "SheetCheck",
    "Waiver",
]
