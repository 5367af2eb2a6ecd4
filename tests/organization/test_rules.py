"""Rules: readable by all, entered by the security administrator, confirmed by the rule's office."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from psycopg2.extras import DateRange

from core import clock, limits
from core.errors import Invalid, NotAllowed, Refused
from core.models import RuleVersion
from organization.services import rules
from tests import factories

pytestmark = pytest.mark.django_db
SPEC = limits.RuleSpec(
    "reports.decide_in_days", limits.HARD, "五个工作日内答复", "《某办法》第五条", {"days": 5}
)


@pytest.fixture
def county() -> factories.County:
    """The small county and one rule."""
    limits.install([SPEC])
    return factories.county()


def entry(county: factories.County, **more: object) -> RuleVersion:
    """A version that waits for confirmation."""
    words = {
        "strength": "hard",
        "text": "三个工作日内答复",
        "source": "《某办法》修订",
        "value": {"days": 3},
        "starts": tomorrow(),
        **more,
    }
    return rules.enter(actor=factories.person("secadmin", county.root), code=SPEC.code, **words)  # type: ignore[arg-type]


def tomorrow() -> dt.date:
    """The first day a version may start."""
    return clock.today() + dt.timedelta(days=1)


def test_entered_rule_changes_nothing_until_confirmed(county: factories.County) -> None:
    """Today and tomorrow the old value holds."""
    entry(county)
    assert limits.in_force(SPEC.code, tomorrow()).value == {"days": 5}


def test_confirmed_rule_takes_effect_on_its_day(county: factories.County) -> None:
    """The old version ends the day before."""
    rules.confirm(actor=factories.person("dgb", county.dgb), version=entry(county))
    assert limits.in_force(SPEC.code).value == {"days": 5}
    assert limits.in_force(SPEC.code, tomorrow()).value == {"days": 3}
    assert RuleVersion.objects.get(value={"days": 5}).during == DateRange(dt.date(2024, 1, 1), tomorrow())


def test_entering_office_cannot_confirm(county: factories.County) -> None:
    """Two offices; and the rule's office can't enter."""
    row = entry(county)
    with pytest.raises(NotAllowed):
        rules.confirm(actor=factories.person("secadmin", county.root), version=row)
    with pytest.raises(NotAllowed):
        rules.enter(
            actor=factories.person("dgb", county.dgb),
            code=SPEC.code,
            strength="hard",
            text="x",
            source="y",
            value=None,
            starts=tomorrow(),
        )


def test_rule_starts_in_the_future_only(county: factories.County) -> None:
    """Nothing is changed backwards."""
    with pytest.raises(Invalid, match="今天以后"):
        entry(county, starts=clock.today())


def test_rule_keeps_the_names_of_its_values(county: factories.County) -> None:
    """A misspelt name would leave the program without its number."""
    with pytest.raises(Invalid, match="days"):
        entry(county, value={"day": 3})


def test_confirmation_happens_once(county: factories.County) -> None:
    """The second press is refused."""
    row, office = entry(county), factories.person("dgb", county.dgb)
    rules.confirm(actor=office, version=row)
    with pytest.raises(Refused, match="已确认"):
        rules.confirm(actor=office, version=row)


def test_everyone_signed_in_reads_rules(client: Client, county: factories.County) -> None:
    """Text, source, and that the clause is not checked yet."""
    client.force_login(
        factories.person("village", county.villages[0]), backend="organization.backends.PasswordBackend"
    )
    text = client.get(reverse("rules")).content.decode()
    assert "五个工作日内答复" in text
    assert "条款号以正式文件为准" in text
    assert "录入新版本" not in text


def test_rule_goes_through_both_pages(client: Client, county: factories.County) -> None:
    """Entered on one page, seen and confirmed on the other."""
    client.force_login(
        factories.person("secadmin", county.root), backend="organization.backends.PasswordBackend"
    )
    words = {
        "strength": "hard",
        "text": "三个工作日内答复",
        "source": "修订",
        "value": '{"days": 3}',
        "starts": tomorrow().isoformat(),
    }
    assert client.get(reverse("rule_entry", args=[SPEC.code])).status_code == 200
    assert client.post(reverse("rule_entry", args=[SPEC.code]), words).status_code == 302
    client.force_login(factories.person("dgb", county.dgb), backend="organization.backends.PasswordBackend")
    pending = RuleVersion.objects.get(confirmed_by="")
    assert "三个工作日内答复" in client.get(reverse("rules")).content.decode()
    client.post(reverse("rule_confirm", args=[pending.pk]))
    assert limits.in_force(SPEC.code, tomorrow()).value == {"days": 3}


def test_page_names_rules_and_says_their_values(county: factories.County, client: Client) -> None:
    """Short name with the code below, values in words; a rule without a name keeps its code."""
    limits.install(limits.declared().values())
    client.force_login(factories.person("secadmin", county.root))
    page = client.get(reverse("rules")).content.decode()
    assert "重复报表不准入" in page
    assert "重复比例 80%" in page
    assert "threshold=" not in page
    assert SPEC.code in page
    entry_page = client.get(reverse("rule_entry", args=["reports.urgent"])).content.decode()
    assert "3 个工作日内补审" in entry_page
    assert "<code>review_workdays</code>" in entry_page
