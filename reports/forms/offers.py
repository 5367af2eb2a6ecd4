"""What a form offers to one person: rows that only the request knows."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from organization.models import Unit


def offer(form: forms.Form, name: str, units: QuerySet[Unit], *, initial: Unit | None = None) -> None:
    """Give the units to choose from to a field, and the one chosen beforehand."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = units
    if initial is not None:
        field.initial = initial
