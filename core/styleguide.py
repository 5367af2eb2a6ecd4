"""Every component in every state with invented data: the page by which a new page is built. Public in the demonstration only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.generic import TemplateView

from core import charts
from core.clock import COUNTY
from core.figures import Figure

AS_OF = dt.datetime(2026, 11, 24, 8, 0, tzinfo=COUNTY)
MONTHS = ("25-11", "12", "26-1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
MONTHS_IN_FULL = tuple(
    f"{year}年{month}月" for year, month in [(2025, 11), (2025, 12), *((2026, m) for m in range(1, 11))]
)


class SampleForm(forms.Form):
    """Fields of each kind, for the page only."""

    name = forms.CharField(label="表名", max_length=60, help_text="写全称，不用简称")
    households = forms.CharField(label="低保户数", max_length=12)
    frequency = forms.ChoiceField(
        label="频次",
        choices=[("month", "每月"), ("quarter", "每季"), ("once", "一次性")],
    )
    kind = forms.ChoiceField(
        label="类型",
        choices=[("county", "县级工作报表"), ("township", "乡镇自设")],
        widget=forms.RadioSelect,
    )
    purpose = forms.CharField(label="用途", widget=forms.Textarea, required=False)
    checked = forms.BooleanField(label="已核对现有报表，没有可以直接取用的", required=False)


class SampleFilter(forms.Form):
    """Filters of the sample list."""

    q = forms.CharField(
        label="名称或拼音首字母",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "data-ime": ""}),
    )
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), ("in_force", "在用"), ("expired", "已过期")],
    )


def figures() -> list[Figure]:
    """Figure with change, with n/N, with a bad change, and without data."""
    meaning = "统计期末有准入编号、在有效期内且未停用的报表张数。"
    return [
        Figure(
            "forms.in_force",
            "在用报表",
            "张",
            meaning,
            38,
            38,
            None,
            AS_OF,
            "#rows",
            0,
            "−57.8%（90 → 38）",
            "good",
        ),
        Figure(
            "fill.on_time",
            "按时报送",
            "%",
            "按时报送份数 ÷ 应报份数。",
            96.4,
            1520,
            1576,
            AS_OF,
            "#rows",
            1,
        ),
        Figure(
            "duties.off_list",
            "清单外派活",
            "件",
            "本月登记的清单外任务。",
            3,
            3,
            None,
            AS_OF,
            "#rows",
            0,
            "+1（2 → 3）",
            "bad",
        ),
        Figure(
            "survey.score",
            "满意度",
            "分",
            "未开展满意度调查时不出数。",
            None,
            None,
            None,
            AS_OF,
        ),
    ]


def value_rows() -> list[dict[str, Any]]:
    """One row of a fill page in each state."""
    common = {"save_url": "", "version": 1}
    return [
        {**common, "name": "v1", "label": "低保户数", "definition": "月末在册享受最低生活保障的户数", "unit": "户", "value": "16",
         "state": "typed", "last_text": "上月 14", "change_text": "+2", "saved_text": "已保存 14:32", "used_in": 3},
        {**common, "name": "v2", "label": "常住人口", "definition": "实际居住半年以上的人口", "unit": "人", "value": "1,203",
         "state": "carried", "last_text": "上月 1,203", "change_text": "沿用", "used_in": 5},
        {**common, "name": "v3", "label": "本月防火巡查", "definition": "巡查人员乘次数之和", "unit": "人次", "value": "310",
         "state": "typed", "last_text": "上月 34", "hint": "比上月多 812%。确认无误请写一句原因，或改正。"},
        {**common, "name": "v4", "label": "女性人口", "definition": "常住人口中的女性", "unit": "人", "value": "1,240",
         "state": "typed", "last_text": "上月 596", "error": "女性 1,240 多于常住人口 1,188，差 52"},
        {**common, "name": "v5", "label": "户均人口", "definition": "常住人口除以户数", "unit": "人", "value": "2.9",
         "state": "derived", "last_text": "上月 2.9"},
        {**common, "name": "v6", "label": "危房户数", "definition": "鉴定为 C、D 级且有人居住", "unit": "户", "value": "0",
         "state": "locked", "last_text": "上月 0", "source_text": "来源 住建 10-31"},
    ]  # fmt: skip


def offers() -> list[dict[str, Any]]:
    """Steps: refused with doors, plain, with a reason, dangerous."""
    doors = [
        {"label": "直接取用 12 项，准入其余 3 项", "url": "#take"},
        {"label": "上级急要数", "url": "#urgent"},
    ]
    return [
        {"name": "admit", "label": "准入并编号", "allowed": False, "primary": True, "url": "#", "version": 3, "doors": doors,
         "why_not": "与在用报表重复 80%，超过 60%。", "source": "对非必要、重复的报表申请一律驳回 · 一表一审制度（条款号以正式文件为准）"},
        {"name": "take", "label": "直接取用", "allowed": True, "primary": True, "url": "#", "version": 3},
        {"name": "send_back", "label": "退回修改", "allowed": True, "needs_reason": True, "url": "#", "version": 3},
        {"name": "cancel", "label": "作废", "allowed": True, "danger": True, "url": "#", "version": 3},
    ]  # fmt: skip


def rules() -> list[dict[str, Any]]:
    """One hard and one soft finding."""
    return [
        {"rule": "reports.duplicate", "hard": True, "message": "与在用报表重复 80%，超过 60%。", "doors": [{"label": "直接取用", "url": "#take"}],
         "source": "一表一审制度（条款号以正式文件为准）"},
        {"rule": "reports.hours", "hard": False, "message": "每村每月 100 分钟，一般不超过 60 分钟。", "doors": [],
         "source": "县实施办法（条款号以正式文件为准）"},
    ]  # fmt: skip


def both_texts() -> list[dict[str, str]]:
    """A stale edit of two fields."""
    return [
        {"name": "definition", "label": "口径", "mine": "月末在册户数", "theirs": "月末在册且已发放的户数"},
        {"name": "unit", "label": "单位", "mine": "户", "theirs": "人"},
    ]


def events() -> list[dict[str, Any]]:
    """A short course of one request."""
    return [
        {"at": dt.datetime(2026, 11, 22, 9, 10, tzinfo=COUNTY), "who": "示例一局 经办人", "what": "申请", "note": ""},
        {"at": dt.datetime(2026, 11, 23, 10, 2, tzinfo=COUNTY), "who": "县政数局", "what": "退回修改", "tone": "red",
         "note": "依据不充分，请补充文件。"},
        {"at": dt.datetime(2026, 11, 24, 8, 30, tzinfo=COUNTY), "who": "县政数局", "what": "准入", "tone": "green",
         "note": "准入编号 伊表〔2026〕12号"},
    ]  # fmt: skip


def table() -> dict[str, Any]:
    """Three rows as the list page hands them over."""
    names = [("示例防火巡查情况表", "伊表〔2026〕18号", "197", "在用", "green"), ("示例低保情况表", "伊表〔2026〕7号", "1,240", "七日内到期", "amber"),
             ("示例禁烧情况日报", "临〔2026〕3号", "12", "已过有效期，停止填报", "red")]  # fmt: skip
    columns = [
        {
            "key": "name",
            "label": "表名",
            "align": "",
            "sort_url": "?sort=name",
            "sorted": "asc",
        },
        {
            "key": "number",
            "label": "准入编号",
            "align": "",
            "sort_url": "?sort=number",
            "sorted": "",
        },
        {
            "key": "count",
            "label": "应报（份）",
            "align": "right",
            "sort_url": "",
            "sorted": "",
        },
        {"key": "state", "label": "状态", "align": "", "sort_url": "", "sorted": ""},
    ]
    rows = [
        {"pk": pk, "url": "#row", "selectable": pk != 3, "cells": [
            {"text": name, "label": "表名"}, {"text": number, "label": "准入编号"},
            {"text": count, "label": "应报（份）", "align": "right"}, {"text": state, "label": "状态", "tone": tone}]}
        for pk, (name, number, count, state, tone) in enumerate(names, 1)
    ]  # fmt: skip
    return {
        "columns": columns,
        "rows": rows,
        "total": 1342,
        "page": 2,
        "pages": 27,
        "prev_url": "?page=1",
        "next_url": "?page=3",
    }


def drawings() -> dict[str, charts.Chart]:
    """A line with a gap, bars in two parts, bars in one, and nothing."""
    bureaus = ["县委组织部", "县民政局", "县农业农村局", "县应急管理局", "示例一局"]
    return {
        "line": charts.line(
            "填报用时一年降了三分之一，9月因防火季回升",
            MONTHS, [10.2, 10.1, 9.8, 9.6, None, 8.9, 8.2, 7.9, 7.4, 6.4, 7.2, 6.8],
            unit="小时/周·村", full_labels=MONTHS_IN_FULL,
        ),
        "stacked": charts.stacked_bars(
            "10月谁在要数", bureaus, [("县级要求", [86, 52, 99, 51, 221]), ("上级统一部署", [0, 60, 65, 150, 18])], unit="小时"
        ),
        "single": charts.stacked_bars("本月报送", ["永盛街道", "伊通镇"], [("已报", [56, 181])], unit="份"),
        "empty": charts.stacked_bars("尚无数据", [], [], unit="小时"),
    }  # fmt: skip


def colours() -> list[tuple[str, str, str]]:
    """Tokens of colour: name, value, what it is for."""
    return [
        ("ink", "#1c2430", "正文"), ("ink-2", "#465263", "说明"), ("ink-3", "#5c6878", "次要"), ("brand", "#0b4f9e", "主按钮、链接"),
        ("brand-ink", "#083b77", "页头"), ("brand-tint", "#e9f1fb", "选中"), ("red", "#b3201a", "不能办、逾期"),
        ("amber", "#8a5200", "需说明、将到期"), ("green", "#1b6b3a", "已办、已保存"), ("line", "#e1e6ed", "分隔线"),
        ("edge", "#7d899a", "输入框边"), ("ground", "#f4f6f9", "页面底色"),
    ]  # fmt: skip


class StyleguideView(TemplateView):
    """`/styleguide/`: every component with its name, in every state; 404 on a real installation."""

    template_name = "core/styleguide.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Only the demonstration shows it."""
        if not settings.DEMO:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Samples of every component."""
        wrong = SampleForm({"name": "", "households": "约50", "frequency": "month", "kind": "county"})
        wrong.add_error("households", "应填整数，现为“约50”。请只填数字。")
        return super().get_context_data(
            colours=colours(),
            figures=figures(),
            form=SampleForm(
                auto_id="ok_%s",
                initial={
                    "name": "防火巡查情况表",
                    "households": "16",
                    "kind": "county",
                },
            ),
            wrong=wrong,
            value_rows=value_rows(),
            offers=offers(),
            events=events(),
            rules=rules(),
            both_texts=both_texts(),
            table=table(),
            filter_form=SampleFilter(auto_id="f_%s"),
            bulk_actions=[
                {"name": "remind", "label": "一并催报", "url": "#"},
                {"name": "stop", "label": "一并停用", "url": "#"},
            ],
            charts=drawings(),
            job_waiting={
                "pk": 1,
                "label": "生成 11 月任务",
                "state": "waiting",
                "done": 0,
                "total": 0,
            },
            job_running={
                "pk": 2,
                "label": "导入 20,000 行",
                "state": "running",
                "done": 8200,
                "total": 20000,
            },
            job_done={
                "pk": 3,
                "label": "月度统计",
                "state": "done",
                "done": 214,
                "total": 214,
            },
            job_failed={
                "pk": 4,
                "label": "导入",
                "state": "failed",
                "done": 0,
                "total": 0,
                "error": "数据库连接中断，未作任何改动，已自动排队重试。",
            },
            tabs=[
                {"label": "待办", "url": "#todo", "current": True, "count": 4},
                {"label": "已办", "url": "#done", "current": False, "count": 92},
                {"label": "我发起的", "url": "#mine", "current": False, "count": 0},
                {"label": "办结", "url": "#closed", "current": False, "count": None},
            ],
            keys=[("1", "同意"), ("2", "退回修改"), ("3", "并入")],
            form_number={
                "table_code": "伊减表01",
                "maker": "县应急管理局",
                "number": "伊表〔2026〕18号",
                "valid_to": "2027-03-31",
            },
            moment=AS_OF,
            sections=SECTIONS,
            **kwargs,
        )


SECTIONS = [
    ("tokens", "颜色与字号"), ("layout", "页头与栅格"), ("buttons", "按钮与标签"), ("notes", "提示与不能办"), ("figures", "数字卡"),
    ("fields", "输入项"), ("values", "填报项"), ("steps", "办理按钮"), ("findings", "规则与说明"), ("conflict", "两份内容"), ("paste", "粘贴表格"), ("list", "列表"), ("tabs", "分类页签"), ("timeline", "办理过程"),
    ("charts", "图与数据表"), ("states", "空、加载、失败"), ("jobs", "后台办理"), ("toasts", "完成提示与撤销"), ("upload", "上传"),
    ("formats", "数字与日期"), ("print", "打印页眉"), ("keys", "快捷键"),
]  # fmt: skip
