"""Role → what it may and how far it reaches. The only map; organization receives it as the setting ROLES."""

from organization.roles import COUNTY, DEPARTMENT, DISPATCHED, OWN, SUBTREE, Role

LOOK = frozenset(
    {
        "organization.view_units",
        "organization.view_people",
        "organization.view_rules",
        "organization.use_api",
        "reports.view_elements",
        "reports.view_forms",
    }
)
READ_REPORTS = frozenset({"reports.view_requests", "reports.view_assignments", "reports.view_values"})
WATCH = frozenset({"monitoring.view_dashboard", "monitoring.view_tallies"})
ASK = frozenset({"reports.request_forms", "reports.view_requests", "reports.manage_forms"})
COUNTY_READER = LOOK | READ_REPORTS | WATCH
ADMINISTRATOR = frozenset({"organization.view_units", "organization.view_people"})


def _county(code: str, label: str, *more: str) -> Role:
    return Role(code, label, COUNTY, COUNTY_READER | frozenset(more))


_ROLES = (
    _county("cpo", "县委办公室"),
    _county("cgo", "县政府办公室"),
    _county(
        "dgb",
        "县政数局",
        "reports.manage_elements",
        "reports.decide_requests",
        "organization.confirm_rules",
        "monitoring.publish_tallies",
    ),
    _county("eso", "县委编办"),
    _county("sup", "县委督查室", "monitoring.publish_tallies"),
    _county("swd", "县委社会工作部"),
    _county("org", "县委组织部"),
    _county("dis", "县纪委监委"),
    _county("ldr", "县领导"),
    _county("tongji", "县统计局", "reports.register_statutory"),
    Role(
        "department",
        "经办人",
        DEPARTMENT,
        LOOK
        | ASK
        | WATCH
        | frozenset({"reports.view_assignments", "reports.view_values", "reports.receive"}),
    ),
    Role(
        "township",
        "党政办",
        SUBTREE,
        LOOK
        | ASK
        | WATCH
        | frozenset(
            {
                "reports.view_assignments",
                "reports.view_values",
                "reports.fill_for",
                "reports.review",
                "reports.dispatch",
                "organization.manage_village_accounts",
            }
        ),
        two_people=False,
    ),
    Role(
        "station",
        "经办人",
        DISPATCHED,
        LOOK | frozenset({"reports.view_assignments", "reports.fill_for"}),
        two_people=False,
    ),
    Role(
        "village",
        "填报员",
        OWN,
        LOOK
        | frozenset(
            {"reports.view_assignments", "reports.view_values", "reports.fill", "monitoring.view_tallies"}
        ),
        second_factor=False,
        two_people=False,
    ),
    Role(
        "obs",
        "观察联系点",
        OWN,
        LOOK | frozenset({"monitoring.view_tallies"}),
        second_factor=False,
        two_people=False,
    ),
    Role(
        "sysadmin",
        "系统管理员",
        COUNTY,
        ADMINISTRATOR
        | frozenset({"organization.create_accounts", "organization.manage_units", "organization.view_jobs"}),
        power=1,
        idle_minutes=15,
    ),
    Role(
        "secadmin",
        "安全管理员",
        COUNTY,
        ADMINISTRATOR
        | frozenset({"organization.grant_postings", "organization.enter_rules", "organization.view_rules"}),
        power=2,
        idle_minutes=15,
    ),
    Role(
        "auditor",
        "审计管理员",
        COUNTY,
        ADMINISTRATOR | frozenset({"organization.view_audit"}),
        power=3,
        idle_minutes=15,
    ),
)
ROLES = {role.code: role for role in _ROLES}
