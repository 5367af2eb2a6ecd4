"""存量: what departments and townships already ask, listed by both sides, matched by name, numbered in bulk."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core import clock
from core.errors import Invalid
from core.periods import Frequency
from core.sheets.check import SheetSpec
from core.sheets.columns import Column
from core.workflow import take_many
from organization.choices import Level
from reports.choices import Category, RequestKind, RequestState
from reports.models import Element, Form, FormRequest
from reports.services import burden, due_days
from reports.services.admission import activate, lock_register, require_usable, tell_owner
from reports.services.admission_asking import Chosen, Draft, estimate, requesters, save_draft
from reports.services.admission_deciding import require_new
from reports.workflow import ADMIT, MERGE, SUBMIT

SEPARATORS = str.maketrans("，,;；", "、、、、")
SPEC = SheetSpec(
    kind="reports.stock",
    sheet_title="存量报表",
    columns=(
        Column("报表名称", "name", required=True, max_length=80),
        Column(
            "频次",
            "frequency",
            kind="choice",
            required=True,
            choices={label: code for code, label in Frequency.choices},
        ),
        Column("指标", "elements", max_length=4000, note="指标库中的指标名称，用顿号隔开；乡镇可不填"),
        Column("依据", "basis", max_length=200, note="文号或工作依据"),
    ),
    key=("name",),
)


@dataclass(frozen=True)
class Listed:
    """One name as both sides know it."""

    name: str
    request: FormRequest | None
    townships: tuple[FormRequest, ...]
    fields: int

    @property
    def agreed(self) -> bool:
        """Listed by its department and by at least one township (双向确认)."""
        return self.request is not None and bool(self.townships)

    @property
    def ready(self) -> bool:
        """Agreed and described by indicators: may be numbered."""
        return self.agreed and self.fields > 0

    @property
    def said(self) -> str:
        """How the two lists compare."""
        if self.agreed:
            return "双向一致" if self.fields else "双向一致，部门未填指标"
        return "仅部门列出，待乡镇确认" if self.request else "仅乡镇列出，待部门认领"


def folded(name: str) -> str:
    """A name as it is compared: width, blanks, quotes and 《》 do not matter."""
    text = unicodedata.normalize("NFKC", name)
    return "".join(char for char in text if not char.isspace() and char not in "《》“”\"'（）()").lower()


def listed(user: Any) -> list[Listed]:
    """Both lists side by side, within the reader's reach; the agreed ones first."""
    rows = FormRequest.objects.for_user(user, "reports.view_requests").filter(
        kind=RequestKind.EXISTING, state=RequestState.SUBMITTED
    )
    by_name: dict[str, list[FormRequest]] = defaultdict(list)
    for row in rows.select_related("form", "requester", "form_version").order_by("pk"):
        by_name[folded(row.form.name)].append(row)
    found = [_listed(rows_of) for rows_of in by_name.values()]
    return sorted(found, key=lambda one: (not one.ready, not one.agreed, one.name))


def _listed(rows: list[FormRequest]) -> Listed:
    own = next((row for row in rows if row.requester.level != Level.TOWNSHIP), None)
    townships = tuple(row for row in rows if row.requester.level == Level.TOWNSHIP)
    shown = own or rows[0]
    return Listed(shown.form.name, own, townships, own.form_version.fields.count() if own else 0)


def wrong_names(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Sentences for indicators that the library does not have in use."""
    wanted = {name for row in rows for name in _names(row)}
    known = set(Element.objects.usable().filter(name__in=wanted).values_list("name", flat=True))
    return [f"指标“{name}”不在指标库启用的指标中，请按指标库的名称填写。" for name in sorted(wanted - known)]


def _names(row: dict[str, Any]) -> list[str]:
    text = str(row.get("elements") or "").translate(SEPARATORS)
    return list(dict.fromkeys(name.strip() for name in text.split("、") if name.strip()))


def enter(rows: list[dict[str, Any]], actor: Any) -> int:
    """Enter the existing forms of the actor's unit as requests waiting for agreement; returns how many are new.

    A name already listed by the unit is left alone. Raises Invalid (an unknown indicator, no unit).
    """
    wrong = wrong_names(rows)
    if wrong:
        raise Invalid(wrong[0], field="file")
    unit = requesters(actor).first()
    if unit is None:
        raise Invalid("只有县直部门和乡镇可以登记存量报表。", field="file")
    mine = FormRequest.objects.filter(requester=unit, kind=RequestKind.EXISTING)
    have = {folded(name) for name in mine.values_list("form__name", flat=True)}
    fresh = [row for row in rows if folded(row["name"]) not in have]
    ids = dict(Element.objects.usable().values_list("name", "pk"))
    made = []
    for row in fresh:
        draft = Draft(
            requester_id=unit.pk,
            name=row["name"],
            category=Category.COUNTY,
            frequency=row["frequency"],
            due_n=due_days.bounded(row["frequency"], Draft.due_n),
            basis=row.get("basis") or "存量登记",
            purpose="存量报表登记",
            use="存量报表登记",
            sources="存量报表登记",
            respondent_rule={"kind": "townships", "ids": [unit.pk]}
            if unit.level == Level.TOWNSHIP
            else {"kind": "all"},
            chosen=tuple(Chosen(ids[name]) for name in _names(row)),
        )
        made.append(save_draft(draft, actor=actor, kind=RequestKind.EXISTING).pk)
    with take_many(SUBMIT, FormRequest, made, actor=actor, reason="存量报表登记") as requests:
        for request in requests:
            request.submitted_at = clock.now()
            estimate(request)
    return len(fresh)


def number_agreed(pks: Iterable[int], *, actor: Any) -> list[Form]:
    """Number agreed forms in bulk, all or none; the townships' own entries join them.

    Raises Invalid (not agreed, no indicators), RuleRefused (a duplicate among them or of a form in force, by name).
    """
    wanted = set(pks)
    known = {one.request.pk: one for one in listed(actor) if one.request is not None and one.ready}
    if not wanted or not wanted <= known.keys():
        raise Invalid("只能为双向一致、已填指标的报表编号，请重新勾选。", field="pk")
    forms: list[Form] = []
    twins: dict[int, Form] = {}
    with take_many(
        ADMIT, FormRequest, wanted, actor=actor, reason="存量报表双向确认", claim=lock_register
    ) as rows:
        for row in rows:
            require_usable(row.form_version)
            require_new(row)
            estimate(row)
            form = activate(row, until=None)
            row.decided_at, row.decided_by, row.opinion = clock.now(), actor.who().name, "存量报表双向确认"
            forms.append(form)
            twins.update({twin.pk: form for twin in known[row.pk].townships})
        with take_many(MERGE, FormRequest, twins, actor=actor, reason="存量报表双向确认") as same:
            for twin in same:
                twin.merged_into = twins[twin.pk]
                twin.decided_at, twin.decided_by = clock.now(), actor.who().name
    for row in rows:
        tell_owner(row, f"存量报表《{row.form.name}》已编号")
    return forms


def hours_of(one: Listed) -> Any:
    """Hours a year of a listed form, or None while its indicators are not known."""
    return burden.of_version(one.request.form_version).hours_a_year if one.request and one.fields else None
