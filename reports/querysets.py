"""Which indicators, forms, requests, assignments and values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Exists, Func, JSONField, OuterRef, Q

from core import pinyin
from core.scope import Row, ScopedQuerySet
from organization.models import Dispatch
from organization.reach import Reach, reach
from reports.choices import AssignmentState, Category, ElementStatus, FormState, RequestState, Sensitivity

if TYPE_CHECKING:
    # named in the strings that ScopedQuerySet[…] is given; the linter reads no strings there
    from reports.models import Assignment, Element, Form, FormRequest, Value  # noqa: F401

TO_DO = (AssignmentState.OPEN, AssignmentState.RETURNED)
HANDED_IN = (AssignmentState.SUBMITTED, AssignmentState.APPROVED, AssignmentState.ACCEPTED)
PENDING_REQUESTS = (RequestState.SUBMITTED, RequestState.PROVISIONAL)


def matching(words: str) -> Q:
    """Name, code, full pinyin or initials contain the words."""
    folded = pinyin.fold(words)
    return (
        Q(name__icontains=words.strip())
        | Q(code__icontains=folded)
        | Q(pinyin__contains=folded)
        | Q(initials__contains=folded)
    )


class ElementQuerySet(ScopedQuerySet["Element"]):
    """The library is open to everyone who may look at it; keeping it needs county reach."""

    def for_user(self, user: Any, permission: str) -> Self:
        """All indicators with the permission; own ones where it reaches a department only to propose."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if permission == "reports.view_elements" or reached.county:
            return self
        return self.filter(reached.owned("source_unit"))

    def usable(self) -> Self:
        """启用 indicators: the only ones a form may use."""
        return self.filter(status=ElementStatus.ACTIVE)

    def found_by(self, words: str) -> Self:
        """Search by Chinese, code, pinyin or initials."""
        return self.filter(matching(words)) if words.strip() else self


class FormQuerySet(ScopedQuerySet["Form"]):
    """Forms that have had a number are open inside the county; drafts belong to their owner."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Numbered forms and own drafts to look at; owned ones for everything else."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if permission == "reports.view_forms":
            return self.filter(~Q(state=FormState.DRAFT) | reached.owned("owner"))
        return self.filter(reached.owned("owner"))

    def in_force(self, on: dt.date) -> Self:
        """Active forms whose validity covers a day."""
        return self.filter(state=FormState.ACTIVE, valid_from__lte=on, valid_until__gte=on)

    def ended(self, on: dt.date) -> Self:
        """Active forms whose validity is over."""
        return self.filter(state=FormState.ACTIVE, valid_until__lt=on)

    def found_by(self, words: str) -> Self:
        """Search by name, code, pinyin or initials."""
        return self.filter(matching(words)) if words.strip() else self


class FormRequestQuerySet(ScopedQuerySet["FormRequest"]):
    """Requests: of one's own unit, or all for the county roles."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Owned by a reached unit; statutory registration reaches statutory forms only."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        rows = self.filter(reached.owned("requester"))
        if permission == "reports.register_statutory":
            return rows.filter(form__category=Category.STATUTORY)
        return (
            rows.exclude(form__category=Category.STATUTORY)
            if permission == "reports.decide_requests"
            else rows
        )

    def pending(self) -> Self:
        """Waiting for a decision."""
        return self.filter(state__in=PENDING_REQUESTS)

    def overdue(self, on: dt.date) -> Self:
        """Pending beyond the day to decide by."""
        return self.pending().filter(decide_by__lt=on)


class AssignmentQuerySet(ScopedQuerySet["Assignment"]):
    """Assignments: village its own, office what is dispatched, township its subtree, department its own forms."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Rows reached by tree, by dispatch to one's office, or by ownership of the form."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        found = reached.units("unit")
        if reached.departments:
            found |= Q(form__owner_id__in=reached.departments)
        if reached.offices:
            handed = Dispatch.objects.filter(
                model="reports.Assignment", object_id=OuterRef("pk"), to_unit_id__in=reached.offices
            )
            found |= Q(Exists(handed))
        return self.filter(found)

    def to_do(self) -> Self:
        """Open or returned, of forms still in force."""
        return self.filter(state__in=TO_DO)

    def opened(self, on: dt.date) -> Self:
        """Opened by a day."""
        return self.filter(opens_on__lte=on)

    def overdue(self, on: dt.date) -> Self:
        """Past due and not handed in."""
        return self.to_do().filter(due_on__lt=on)

    def handed_in(self) -> Self:
        """Submitted or beyond."""
        return self.filter(state__in=HANDED_IN)

    def in_bundle(self, on: dt.date) -> Self:
        """Opened ones of a unit due by the end of the month of `on`, plus overdue ones (the bundle of the month)."""
        month_end = (on.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        return self.opened(on).filter(due_on__lte=month_end + dt.timedelta(days=7))


class ValueQuerySet(ScopedQuerySet["Value"]):
    """Values: own, subtree, own forms' and shared ones; sensitive ones only to their source and owners."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Rows by tree; beyond it the indicators that `readable` opens to county readers and departments."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if reached.county or reached.departments:
            tree = replace(reached, county=False).units("unit")
            return self.filter(tree | readable(reached, "element__", "element_id"))
        return self.filter(reached.units("unit"))


def readable(reached: Reach, prefix: str = "", key: str = "pk") -> Q:
    """Indicators whose values may be read of units outside one's own tree.

    A department: shared ones, its own (来源部门), those its forms in force collect, those granted by 直接取用.
    County readers: every one that is not sensitive; sensitive ones on the same terms as a department.
    """
    homes = reached.homes
    found = Q(**{f"{prefix}source_unit_id__in": homes})
    found |= Q(Exists(_fields_of_own_forms(homes, key))) | Q(Exists(_granted(homes, key)))
    if reached.county:
        return found | ~Q(**{f"{prefix}sensitivity": Sensitivity.SENSITIVE})
    return found | Q(**{f"{prefix}sensitivity": Sensitivity.SHARED})


def _fields_of_own_forms(departments: frozenset[int], key: str) -> Any:
    from reports.models import FormField

    return FormField.objects.filter(
        element_id=OuterRef(key), form_version__in_force=True, form_version__form__owner_id__in=departments
    )


def _granted(departments: frozenset[int], key: str) -> Any:
    """Requests of these departments that were given the indicator instead of asking villages for it."""
    from reports.models import FormRequest

    element = Func(OuterRef(key), function="to_jsonb", output_field=JSONField())
    return FormRequest.objects.filter(
        requester_id__in=departments,
        state__in=[RequestState.TAKEN, RequestState.ADMITTED],
        taken_elements__contains=element,
    )


class TallyQuerySet(ScopedQuerySet[Row]):
    """Tallies: the county's roles all, a township its subtree, a village itself, a department its own quarter."""

    def for_user(self, user: Any, permission: str) -> Self:
        """By unit; runs themselves are open to everyone with the permission."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if not any(field.name == "unit" for field in self.model._meta.fields):
            return self
        return self.filter(reached.units("unit") | Q(unit_id__in=reached.departments))
