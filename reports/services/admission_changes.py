"""Forms in force: renewal, revision, cancellation; and the one review of a rejection (复核)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core import audit, clock
from core.errors import Invalid, WrongState
from core.workflow import check_permission, take
from reports.choices import FormState, ReasonCode, RequestKind, RequestState
from reports.models import Form, FormField, FormRequest, FormVersion
from reports.services import burden
from reports.services.admission import latest_end
from reports.services.admission_asking import ASK, EDITABLE, current_version
from reports.services.expiry import stop_open
from reports.workflow import CANCEL, CLOSE

MANAGE = "reports.manage_forms"
OPEN = (*EDITABLE, RequestState.SUBMITTED, RequestState.PROVISIONAL)


def _own_form(pk: int, actor: Any, states: tuple[str, ...]) -> Form:
    check_permission(Form, pk, actor, MANAGE)
    form = Form.objects.select_for_update(of=("self",)).get(pk=pk)
    if form.state not in states or form.temporary:
        raise WrongState(f"当前为“{form.get_state_display()}”，不能办理。")
    if FormRequest.objects.filter(form=form, state__in=OPEN).exists():
        raise WrongState("本表已有一件申请在办，请先办结。")
    return form


def _request(form: Form, version: FormVersion, actor: Any, kind: str, **more: Any) -> FormRequest:
    last = FormRequest.objects.filter(form=form).order_by("-pk").first()
    words = (
        {
            name: getattr(last, name)
            for name in ("purpose", "use", "basis", "superior_ref", "superior_frequency")
        }
        if last
        else {}
    )
    who = actor.who()
    request = FormRequest(
        kind=kind,
        requester=form.owner,
        form=form,
        form_version=version,
        created_at=clock.now(),
        created_by_id=who.id,
        created_by=who.name,
        **{**words, **more},
    )
    audit.save(request, f"起草{RequestKind(kind).label}申请")
    return request


def ask_renewal(form_pk: int, *, actor: Any, until: dt.date | None = None) -> FormRequest:
    """Draft of a renewal: same version, a new end of at most twelve months from the decision."""
    with audit.act(actor):
        form = _own_form(form_pk, actor, (FormState.ACTIVE, FormState.EXPIRED))
        version = current_version(form)
        if version is None:
            raise WrongState("本表没有在用版本，不能延期。")
        return _request(
            form, version, actor, RequestKind.RENEW, valid_until=until or latest_end(clock.today())
        )


def ask_revision(form_pk: int, *, actor: Any) -> FormRequest:
    """Draft of a revision: a copy of the version in force, to be changed on the request page."""
    with audit.act(actor):
        form = _own_form(form_pk, actor, (FormState.ACTIVE,))
        old = current_version(form)
        if old is None:
            raise WrongState("本表没有在用版本，不能修订。")
        new = FormVersion(
            form=form,
            n=form.versions.order_by("-n").values_list("n", flat=True)[0] + 1,
            frequency=old.frequency,
            opens_day=old.opens_day,
            due_kind=old.due_kind,
            due_n=old.due_n,
            respondent_rule=old.respondent_rule,
            minutes_fixed=old.minutes_fixed,
        )
        audit.save(new, "起草新版本")
        copies = [
            FormField(
                form_version=new,
                element_id=one.element_id,
                place=one.place,
                section=one.section,
                required=one.required,
                by_superior=one.by_superior,
                extra_reason=one.extra_reason,
            )
            for one in old.fields.all()
        ]
        FormField.objects.bulk_create(copies)
        return _request(form, new, actor, RequestKind.REVISE, valid_until=form.valid_until)


def cancel(form_pk: int, *, version: int | None, actor: Any, reason: str = "") -> FormRequest:
    """The owner stops its own form at once: open rows stop, the hours count as a real cut (实际压减)."""
    with audit.act(actor, reason=reason):
        form = _own_form(form_pk, actor, (FormState.ACTIVE,))
        old = current_version(form)
        if old is None:
            raise WrongState("本表没有在用版本，不能停用。")
        before = burden.of_version(old)
        with take(CANCEL, Form, form_pk, actor=actor, version=version, reason=reason) as ended:
            stop_open(ended, f"《{ended.name}》已停用，停止填报")
        request = _request(
            form, old, actor, RequestKind.CANCEL, hours_before=before.hours_a_year, hours_after=0
        )
        with take(CLOSE, FormRequest, request.pk, actor=actor) as closed:
            closed.change_code = ReasonCode.CANCELLED
            closed.decided_at, closed.decided_by = clock.now(), actor.who().name
            closed.submitted_at = clock.now()
        return closed


def ask_review(pk: int, *, actor: Any) -> FormRequest:
    """The one review of a rejection: a draft with the same form, to be completed and sent in once more.

    Raises WrongState when not rejected, Invalid when a review was asked before.
    """
    with audit.act(actor):
        check_permission(FormRequest, pk, actor, ASK)
        old = (
            FormRequest.objects.select_for_update(of=("self",))
            .select_related("form", "form_version")
            .get(pk=pk)
        )
        if old.state != RequestState.REJECTED:
            raise WrongState("只有驳回的申请可以申请复核。")
        if old.review_of_id or FormRequest.objects.filter(review_of=old).exists():
            raise Invalid("复核只有一次，已经申请过。")
        if old.form.state not in {FormState.DRAFT, FormState.ACTIVE, FormState.EXPIRED}:
            raise WrongState(f"本表当前为“{old.form.get_state_display()}”，不能申请复核。")
        return _request(
            old.form,
            old.form_version,
            actor,
            old.kind,
            sources=old.sources,
            valid_until=old.valid_until if (old.valid_until or clock.today()) > clock.today() else None,
            change_code=old.change_code,
            review_of=old,
        )
