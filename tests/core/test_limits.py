"""Rules as dated data: hard ones refuse whatever the reason, soft ones take a reason and leave a row."""

import datetime as dt
import importlib
import pkgutil

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from core import audit, clock, limits
from core.errors import RuleRefused
from core.limits import HARD, SOFT, Door, RuleSpec
from core.models import Exceedance, RuleVersion, Series

pytestmark = pytest.mark.django_db
SPECS = [
    RuleSpec("test.hard", HARD, "标牌一律不超过规定数。", "县规定第一条", {"most": 3}),
    RuleSpec("test.soft", SOFT, "用时一般不超过规定数。", "县规定第二条", {"most": 3}),
]


@pytest.fixture
def rules() -> None:
    assert limits.install(SPECS) == 2


def findings_of(number: int, *codes: str) -> list[limits.Finding]:
    """How a service asks: the rule applies above its number."""
    return [
        limits.finding(code, f"现为 {number}，超过规定。", actual=number, allowed=most, doors=[Door("报批")])
        for code in codes
        if number > (most := limits.in_force(code).value["most"])
    ]


def enforced(number: int, *codes: str, reasons: dict[str, str] | None = None) -> list[Exceedance]:
    with audit.act(audit.SYSTEM):
        row = Series.objects.create(code=f"试{number}", year=2026)
        return limits.enforce(findings_of(number, *codes), reasons or {}, row=row, unit_id=5)


@pytest.mark.parametrize("number", [2, 3])
def test_below_and_at_the_limit_nothing_is_found(rules, number):
    assert enforced(number, "test.hard", "test.soft") == []
    assert Exceedance.objects.count() == 0


def test_above_a_hard_limit_no_reason_helps(rules):
    with pytest.raises(RuleRefused) as refused:
        enforced(4, "test.hard", reasons={"test.hard": "情况特殊"})
    found = refused.value.findings[0]
    assert (refused.value.status, refused.value.code, found.hard) == (422, "test.hard", True)
    assert (found.actual, found.allowed, found.text) == ("4", "3", "标牌一律不超过规定数。")
    assert found.source == "县规定第一条（条款号以正式文件为准）"
    assert [door.label for door in found.doors] == ["报批"]
    assert Exceedance.objects.count() == 0
    assert Series.objects.filter(code="试4").count() == 0


@pytest.mark.parametrize("reason", [{}, {"test.soft": "  "}, {"test.other": "情况特殊"}])
def test_above_a_soft_limit_a_reason_is_asked(rules, reason):
    with pytest.raises(RuleRefused) as refused:
        enforced(4, "test.soft", reasons=reason)
    assert [found.hard for found in refused.value.findings] == [False]
    assert Exceedance.objects.count() == 0


def test_soft_limit_passed_with_a_reason_leaves_a_row(rules):
    (row,) = enforced(4, "test.soft", reasons={"test.soft": " 防汛期间 "})
    row.refresh_from_db()
    assert (row.rule, row.rule_text, row.source) == (
        "test.soft",
        "用时一般不超过规定数。",
        "县规定第二条（条款号以正式文件为准）",
    )
    assert (row.actual, row.allowed, row.reason, row.approver, row.unit_id) == (
        "4",
        "3",
        "防汛期间",
        "系统",
        5,
    )
    assert (row.model, row.label) == ("core.Series", "试4〔2026〕1")


def test_hard_finding_stands_before_soft_ones(rules):
    with pytest.raises(RuleRefused) as refused:
        enforced(4, "test.soft", "test.hard")
    assert [found.rule for found in refused.value.findings] == ["test.hard", "test.soft"]


def test_reason_for_the_soft_does_not_carry_the_hard(rules):
    with pytest.raises(RuleRefused) as refused:
        enforced(4, "test.soft", "test.hard", reasons={"test.soft": "情况特殊"})
    assert [found.rule for found in refused.value.findings] == ["test.hard"]
    assert Exceedance.objects.count() == 0


def test_new_version_of_a_rule_applies_from_its_day(rules):
    today = clock.today()
    old = RuleVersion.objects.get(code="test.hard")
    old.during = (dt.date(2024, 1, 1), today)
    old.save()
    RuleVersion.objects.create(
        code="test.hard",
        value={"most": 9},
        strength=HARD,
        text="新",
        source="县规定",
        checked=True,
        during=(today, None),
    )
    assert limits.in_force("test.hard", today - dt.timedelta(days=1)).value == {"most": 3}
    assert limits.in_force("test.hard").value == {"most": 9}
    assert limits.finding("test.hard", "超过。").source == "县规定"
    assert enforced(9, "test.hard") == []
    with pytest.raises(RuleRefused):
        enforced(10, "test.hard")


def test_two_versions_of_a_rule_cannot_overlap(rules):
    with pytest.raises(IntegrityError, match="one_version_of_a_rule_at_a_time"), transaction.atomic():
        RuleVersion.objects.create(
            code="test.hard", strength=HARD, text="新", source="县规定", during=(dt.date(2026, 1, 1), None)
        )


def test_rule_without_a_source_is_refused_by_the_table(rules):
    with pytest.raises(IntegrityError, match="rule_has_a_source"), transaction.atomic():
        RuleVersion.objects.create(
            code="test.new", strength=HARD, text="新", source="", during=(dt.date(2026, 1, 1), None)
        )


def test_missing_rule_is_a_fault_not_a_pass():
    with pytest.raises(limits.MissingRule):
        limits.in_force("test.hard")


def test_installing_twice_changes_nothing(rules):
    RuleVersion.objects.filter(code="test.soft").update(text="县里改过的条文")
    assert limits.install(SPECS) == 0
    assert RuleVersion.objects.get(code="test.soft").text == "县里改过的条文"


def declared() -> list[RuleSpec]:
    """The rules that the apps declare."""
    found: list[RuleSpec] = []
    for config in apps.get_app_configs():
        if any(module.name == "rules" for module in pkgutil.iter_modules([config.path])):
            found += getattr(importlib.import_module(f"{config.name}.rules"), "RULES", [])
    return found


def test_declared_rules_are_complete_and_unlike():
    found = declared()
    assert len(found) >= 7
    codes = [spec.code for spec in found]
    assert len(codes) == len(set(codes))
    assert list(limits.declared()) == codes
    for spec in found:
        assert spec.source.strip(), spec.code
        assert spec.label, spec.code
        assert set(spec.words) == set(spec.value), spec.code
        assert spec.text.strip().endswith("。"), spec.code
        assert spec.strength in {HARD, SOFT}, spec.code
        assert spec.code.split(".")[0] in {config.label for config in apps.get_app_configs()}, spec.code


def test_values_of_a_rule_are_said_in_words():
    assert limits.label("reports.duplicate") == "重复报表不准入"
    assert limits.spoken("reports.duplicate", {"threshold": 0.8})[0] == "重复比例 80%"
    assert limits.spoken("reports.minutes", {"fixed": 5, "typed": 1.0, "checked": 0.2}) == [
        "每表固定 5 分钟",
        "新填一项 1 分钟",
        "核对一项 0.2 分钟",
    ]


def test_undeclared_rule_is_shown_as_stored():
    assert limits.label("test.hard") == "test.hard"
    assert limits.spoken("test.hard", {"most": 3}) == ["most=3"]
    assert limits.spoken("reports.duplicate", {"threshold": "八成"}) == ["threshold=八成"]
