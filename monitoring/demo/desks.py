"""What lies on the desks: forms handed to offices and people (分派), and notices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from core import audit, clock
from core.periods import containing
from organization.models import Dispatch, Notice, Unit, User
from reports.choices import AssignmentState
from reports.models import Assignment


def build(named: dict[str, Unit]) -> None:
    """Dispatches and notices; inside the open act."""
    _dispatches(named)
    _notices()


def _dispatches(named: dict[str, Unit]) -> None:
    """Civil-affairs forms of some villages to each 民政办; this week's patrols of 河源镇 to a 包村干部."""
    month = containing("monthly", clock.today())
    civil = Assignment.objects.filter(form__owner=named["minzheng"], frequency="monthly", period=month.code)
    civil = civil.order_by("unit__order_no", "form_id")
    waiting = civil.filter(unit__parent=named["伊通镇"], state=AssignmentState.OPEN)
    _hand(waiting.exclude(unit__name__in=["示例一村", "示例二村"])[:6], named["伊通镇民政办"])
    _hand(civil.filter(unit__parent=named["河源镇"])[:6], named["河源镇民政办"])
    officer = User.objects.get(username="bao3")
    week = containing("weekly", clock.today())
    patrols = Assignment.objects.filter(
        frequency="weekly",
        period=week.code,
        state=AssignmentState.OPEN,
        unit__in=officer.postings.get().villages.all(),
    )
    _hand(patrols.order_by("unit__order_no"), named["河源镇"], officer)


def _hand(rows: Iterable[Assignment], unit: Unit, user: User | None = None) -> None:
    Dispatch.objects.bulk_create(
        Dispatch(
            model="reports.Assignment",
            object_id=row.pk,
            to_unit=unit,
            to_user=user,
            act=audit.current().id,
            at=clock.now(),
        )
        for row in rows
    )


def _notices() -> None:
    now = clock.now()
    words = (
        ("dgb", "县应急管理局以上级急要数取得临时编号，请在 3 个工作日内审核", "/reports/requests/", True),
        ("dgb", "示例一局《秸秆禁烧情况日报》已送审，请在 5 个工作日内审结", "/reports/requests/", False),
        ("yingji", "《应急能力建设季报》10 天后到期，已送审延期", "/reports/", False),
        ("shili2", "《冬储物资进度月报》已过有效期，停止填报", "/reports/", True),
        ("vil2", "《防火防汛巡查月报》退回一项：与上月相差较大，请核对", "/", True),
        ("twn1", "示例二村《防火防汛巡查月报》已退回，待村里改报", "/", False),
        ("vil3", "《冬春防火巡查周报》上周一期已逾期", "/", False),
    )
    people = User.objects.in_bulk([w[0] for w in words], field_name="username")
    Notice.objects.bulk_create(
        Notice(
            user=people[username],
            kind="demo",
            key=f"demo:{i}",
            text=text,
            url=url,
            urgent=urgent,
            at=now - dt.timedelta(hours=i),
            send_after=now,
            sent_at=now,
        )
        for i, (username, text, url, urgent) in enumerate(words, 1)
    )
