"""What each address needs: the permission, who gets in with which row, and a row outside.

A new address must be entered here; the matrix fails until it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.periods import Frequency, containing
from tests.access.world import GONE, World

Maker = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One address. `permission` "" means everyone signed in; `role` is the account that surely gets in.

    `own` and `outside` make the arguments of the address; `gone` is derived by putting an absent key in the place of
    each whole number.
    `posts` marks addresses that answer only POST. `open_list` marks lists that stand open but empty
    to whoever holds the permission nowhere (the API's). `needs_data` names what a GET asks in its query.
    """

    permission: str = ""
    role: str = "dgb"
    own: Maker | None = None
    outside: Maker | None = None
    posts: bool = False
    may_miss: bool = False
    open_list: bool = False
    sent: Callable[[World], dict[str, Any]] | None = None
    outside_status: int = 404
    row_in_body: bool = False

    def arguments(self, world: World) -> dict[str, Any]:
        """Arguments with the own row."""
        return self.own(world) if self.own else {}

    def gone(self, world: World) -> dict[str, Any] | None:
        """Arguments whose row does not exist; None when the address names no row by number."""
        own = self.arguments(world)
        if not any(isinstance(value, int) for value in own.values()):
            return None
        return {key: GONE if isinstance(value, int) else value for key, value in own.items()}


def pk(pick: Callable[[World], Any], **more: Any) -> Maker:
    """Arguments with the key of a row."""
    return lambda world: {"pk": pick(world).pk, **more}


def _period(world: World) -> str:
    return containing(Frequency.MONTHLY, world.assignment.period_start).code


FORM, FORM_OUT = (lambda w: w.form), (lambda w: w.form_outside)
REQUEST, REQUEST_OUT = (lambda w: w.request), (lambda w: w.request_outside)
TASK, TASK_OUT = (lambda w: w.assignment), (lambda w: w.assignment_outside)
ELEMENT = lambda w: w.element  # noqa: E731 - one of five pickers in a row

NO_ACT = uuid.UUID(int=0)

PUBLIC = frozenset(
    {"healthz", "readyz", "styleguide", "privacy", "demo_door", "story", "account_login", "account_logout"}
)
"""Addresses that answer without sign-in; `yitong_gov.urls.PUBLIC` and the sign-in pages."""

ORGANIZATION = {
    "workbench": Entry(),
    "account": Entry(),
    "second_factor": Entry(),
    "units": Entry("organization.view_units"),
    "directory": Entry("organization.view_people"),
    "notices": Entry(),
    "read_notices": Entry(posts=True),
    "rules": Entry(),
    "rule_entry": Entry("organization.enter_rules", "secadmin", lambda w: {"code": w.rule.code}),
    "rule_confirm": Entry(
        "organization.confirm_rules", "dgb", pk(lambda w: w.more["pending_rule"]), posts=True
    ),
    "feedback": Entry(),
    "toggle_elder": Entry(posts=True),
    "audit": Entry("organization.view_audit", "auditor"),
    "jobs": Entry("organization.view_jobs", "sysadmin"),
    "accounts": Entry("organization.create_accounts organization.grant_postings", "sysadmin"),
    "account_add": Entry("organization.create_accounts", "sysadmin"),
    "account_import": Entry("organization.create_accounts", "sysadmin"),
    "account_detail": Entry(
        "organization.create_accounts organization.grant_postings", "secadmin", pk(lambda w: w.posting)
    ),
    "account_step": Entry(
        "organization.create_accounts organization.grant_postings",
        "secadmin",
        pk(lambda w: w.posting, step="end"),
        posts=True,
    ),
    "village_accounts": Entry("organization.manage_village_accounts", "township"),
    "village_account_step": Entry(
        "organization.manage_village_accounts", "township", lambda w: {"step": "open"}, posts=True
    ),
}

OTHER_PARTS = {
    "meetings:home": Entry(),
    "signage:home": Entry(),
    "duties:home": Entry(),
    "monitoring:home": Entry("monitoring.view_dashboard"),
}

REPORTS = {
    "reports:home": Entry("reports.view_forms"),
    "reports:check_number": Entry("reports.view_forms"),
    "reports:form": Entry("reports.view_forms", "department", pk(FORM), pk(lambda w: w.draft_outside)),
    "reports:requests": Entry("reports.view_requests"),
    "reports:request": Entry("reports.view_requests", "department", pk(REQUEST), pk(REQUEST_OUT)),
    "reports:elements": Entry("reports.view_elements"),
    "reports:element": Entry("reports.view_elements", "village", pk(ELEMENT)),
    "reports:element_edit": Entry("reports.manage_elements reports.request_forms", "dgb", pk(ELEMENT)),
    "reports:village_month": Entry("reports.fill", "village"),
    "reports:fill": Entry("reports.view_assignments", "village", pk(TASK), pk(TASK_OUT)),
    "reports:check": Entry("reports.view_assignments", "village", pk(TASK), pk(TASK_OUT)),
    "reports:save_value": Entry(
        "reports.fill reports.fill_for", "village", lambda w: {"assignment": w.assignment.pk, "element": w.element.pk},
        lambda w: {"assignment": w.assignment_outside.pk, "element": w.element.pk}, posts=True,
    ),
    "reports:township_review": Entry("reports.review", "township"),
    "reports:township_assignment": Entry("reports.review", "township", pk(TASK), pk(TASK_OUT)),
    "reports:value_history": Entry(
        "reports.view_assignments", "township", lambda w: {"pk": w.assignment.pk, "element": w.element.pk},
        lambda w: {"pk": w.assignment_outside.pk, "element": w.element.pk},
    ),
    "reports:fill_for": Entry("reports.fill_for", "township"),
    "reports:dispatch": Entry("reports.dispatch", "township", posts=True),
    "reports:station": Entry("reports.fill_for", "station"),
    # The frame of another department's table opens; each value in it is scoped (shared indicators only).
    "reports:form_data": Entry("reports.view_values", "department", pk(FORM)),
    "reports:form_data_print": Entry("reports.view_values", "department", pk(FORM)),
    "reports:form_data_accept": Entry(
        "reports.receive", "department", pk(FORM), posts=True, sent=lambda w: {"period": _period(w)}
    ),
    "reports:form_paper": Entry("reports.manage_forms", "department", pk(FORM), pk(FORM_OUT), posts=True),
    "reports:my_data_months": Entry("reports.view_values", "village"),
    "reports:value_changes": Entry(
        "reports.view_values", "village",
        lambda w: {"element": w.element.pk, "unit": w.county.villages[0].pk, "period": _period(w)},
        lambda w: {"element": w.element.pk, "unit": w.county.others[0].pk, "period": _period(w)},
    ),
    "reports:facts": Entry("reports.view_values", "village"),
    "reports:fill_bundle": Entry("reports.fill", "village"),
    "reports:check_bundle": Entry("reports.fill", "village"),
    "reports:recall_sent": Entry("reports.fill", "village", posts=True, may_miss=True),
    "reports:village_step": Entry(
        "reports.fill", "village", lambda w: {"pk": w.assignment.pk, "name": "refuse"},
        lambda w: {"pk": w.assignment_outside.pk, "name": "refuse"}, posts=True,
    ),
    "reports:township_approve_clean": Entry("reports.review", "township", posts=True),
    "reports:township_undo": Entry("reports.review", "township", lambda w: {"act": NO_ACT}, posts=True, may_miss=True),
    "reports:township_urge": Entry("reports.review", "township", posts=True),
    "reports:township_export": Entry("reports.review", "township"),
    "reports:township_step": Entry(
        "reports.review", "township", lambda w: {"pk": w.assignment.pk, "name": "return"},
        lambda w: {"pk": w.assignment_outside.pk, "name": "return"}, posts=True,
    ),
    "reports:hand_back": Entry("reports.fill_for", "station", posts=True),
    **{
        f"reports:{name}": Entry("reports.fill_for", "township", lambda w: {"form": w.form.pk, "period": _period(w)}, posts=posts)
        for name, posts in (
            ("fill_for_grid", False), ("block_paste", True), ("block_import", True), ("block_export", False), ("block_submit", True),
        )
    },
    **{
        f"reports:{name}": Entry(
            "reports.fill_for", "township", lambda w: {"form": w.form.pk, "period": _period(w), "check": GONE}, may_miss=True
        )
        for name in ("block_check", "block_wrong")
    },
    "reports:form_step": Entry("reports.manage_forms", "department", pk(FORM, step="cancel"), pk(FORM_OUT, step="cancel"), posts=True, outside_status=403),
    "reports:request_add": Entry("reports.request_forms", "department"),
    "reports:request_urgent": Entry("reports.request_forms", "department"),
    "reports:request_picker": Entry("reports.request_forms", "department"),
    "reports:request_beside": Entry("reports.request_forms", "department"),
    "reports:stock": Entry("reports.request_forms reports.decide_requests", "department"),
    "reports:stock_number": Entry("reports.decide_requests", "dgb", posts=True),
    "reports:request_edit": Entry("reports.request_forms", "department", pk(lambda w: w.more["draft_request"]), pk(REQUEST_OUT)),
    "reports:request_what_if": Entry("reports.view_requests", "dgb", pk(REQUEST)),
    "reports:request_notice": Entry("reports.view_requests", "dgb", pk(REQUEST), may_miss=True),
    "reports:request_step": Entry(
        "reports.request_forms reports.decide_requests reports.register_statutory", "dgb", pk(REQUEST, step="reject"), posts=True
    ),
    "reports:element_add": Entry("reports.manage_elements reports.request_forms", "dgb"),
    "reports:elements_import": Entry("reports.manage_elements", "dgb"),
    "reports:elements_import_check": Entry("reports.manage_elements", "dgb", lambda w: {"pk": GONE}, may_miss=True),
    "reports:elements_import_confirm": Entry("reports.manage_elements", "dgb", lambda w: {"pk": GONE}, posts=True, may_miss=True),
    "reports:element_revise": Entry("reports.manage_elements", "dgb", pk(ELEMENT)),
    "reports:element_values": Entry("reports.view_elements", "dgb", pk(ELEMENT)),
    "reports:element_step": Entry("reports.manage_elements", "dgb", pk(ELEMENT, step="retire"), posts=True),
    "reports:my_data": Entry("reports.view_values", "village"),
}  # fmt: skip

MONITORING = {
    "monitoring:figure": Entry("monitoring.view_dashboard", "dgb", lambda w: {"code": "forms_in_force"}),
    "monitoring:quarter": Entry("monitoring.view_dashboard", "dgb", lambda w: {"quarter": "2026-Q3"}),
    "monitoring:quarter_rows": Entry(
        "monitoring.view_dashboard",
        "dgb",
        lambda w: {"quarter": "2026-Q3", "unit": GONE, "column": "active"},
        may_miss=True,
    ),
    "monitoring:publish": Entry(
        "monitoring.publish_tallies", "dgb", lambda w: {"pk": GONE}, posts=True, may_miss=True
    ),
}

API_LISTS = {
    "unit": "organization.view_units",
    "rule": "organization.use_api",
    "element": "reports.view_elements",
    "form": "reports.view_forms",
    "form-request": "reports.view_requests",
    "assignment": "reports.view_assignments",
    "value": "reports.view_values",
    "tally": "monitoring.view_tallies",
    "figure": "monitoring.view_dashboard",
}
API_ROWS: dict[str, tuple[Maker, Maker | None, str]] = {
    "unit": (pk(lambda w: w.county.yitong), None, "dgb"),
    "rule": (pk(lambda w: w.rule), None, "dgb"),
    "element": (pk(ELEMENT), None, "dgb"),
    "form": (pk(FORM), pk(lambda w: w.draft_outside), "department"),
    "form-request": (pk(REQUEST), pk(REQUEST_OUT), "department"),
    "assignment": (pk(TASK), pk(TASK_OUT), "village"),
    "value": (pk(lambda w: w.more["value"]), pk(lambda w: w.more["value_outside"]), "village"),
    "tally": (lambda w: {"pk": GONE}, None, "dgb"),
}
API_STEPS = {
    "element": (("activate", "decline", "retire", "revise", "supersede"), "reports.manage_elements", "dgb"),
    "form": (("cancel", "renew", "revise"), "reports.manage_forms", "department"),
    "form-request": (
        ("admit", "merge", "register", "reject", "return", "take"),
        "reports.decide_requests",
        "dgb",
    ),
    "assignment": (("recall", "refuse", "submit"), "reports.fill", "village"),
}
API_NEW: dict[str, Callable[[World], dict[str, Any]]] = {
    "form-request": lambda w: {"requester_id": w.county.minzheng.pk, "name": "新表"},
    "value": lambda w: {"assignment": w.assignment.pk, "element": w.element.pk, "value": "7"},
}
"""What a new row asks."""
API_BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "element-revise": lambda w: {"name": "户数", "definition": "口径", "from_period": "2027-01"},
    "element-supersede": lambda w: {"successor": w.element.pk},
    "form-request-merge": lambda w: {"into": w.form.pk},
    "form-request-take": lambda w: {"elements": [w.element.pk]},
    "form-request-reject": lambda w: {"code": "duplicate"},
}
"""What a step asks beside the version."""

API: dict[str, Entry] = {
    "api_schema": Entry("organization.use_api"),
    "api_docs": Entry("organization.use_api"),
    **{
        f"{name}-list": Entry(
            permission, "dgb", open_list=True, sent=API_NEW.get(name), row_in_body=name == "value"
        )
        for name, permission in API_LISTS.items()
    },
    **{
        f"{name}-detail": Entry(API_LISTS[name], role, own, outside, may_miss=name == "tally")
        for name, (own, outside, role) in API_ROWS.items()
    },
    **{
        f"{name}-{step}": Entry(
            permission,
            role,
            API_ROWS[name][0],
            API_ROWS[name][1] if role != "dgb" else None,
            posts=True,
            sent=API_BODIES.get(f"{name}-{step}"),
        )
        for name, (steps, permission, role) in API_STEPS.items()
        for step in steps
    },
    "assignment-submit": Entry(
        "reports.fill reports.fill_for", "village", pk(TASK), pk(TASK_OUT), posts=True
    ),
    "form-request-ask-review": Entry(
        "reports.request_forms", "department", pk(REQUEST), pk(REQUEST_OUT), posts=True
    ),
    "form-request-submit": Entry(
        "reports.request_forms", "department", pk(REQUEST), pk(REQUEST_OUT), posts=True
    ),
    "form-request-withdraw": Entry(
        "reports.request_forms", "department", pk(REQUEST), pk(REQUEST_OUT), posts=True
    ),
    "form-request-register-statutory": Entry(
        "reports.register_statutory", "tongji", pk(REQUEST), posts=True, may_miss=True
    ),
    "assignment-accept": Entry(
        "reports.receive", "department", pk(TASK), pk(lambda w: w.more["assignment_nongye"]), posts=True
    ),
    "assignment-approve": Entry("reports.review", "township", pk(TASK), pk(TASK_OUT), posts=True),
    "assignment-return": Entry("reports.review", "township", pk(TASK), pk(TASK_OUT), posts=True),
}

ENTRIES: dict[str, Entry] = {**ORGANIZATION, **OTHER_PARTS, **REPORTS, **MONITORING, **API}
