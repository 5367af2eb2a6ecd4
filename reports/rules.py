"""The rules of form reporting, as first put into the RuleSet."""

from core.limits import HARD, SOFT, RuleSpec

RULES: list[RuleSpec] = [
    RuleSpec(
        "reports.not_admitted",
        HARD,
        "新增报表须经县政数局审核、取得准入编号后才可下发。",
        "县“一表一审”制度",
        label="准入后才能下发",
    ),
    RuleSpec(
        "reports.duplicate",
        HARD,
        "对非必要、重复的报表申请一律驳回；与在用或待审报表重复达到规定比例的，不能准入。",
        "县“一表一审”制度",
        {"threshold": 0.8},
        label="重复报表不准入",
        words={"threshold": "重复比例 {:.0%}"},
    ),
    RuleSpec(
        "reports.element_not_standard",
        HARD,
        "报表只能使用指标库中“启用”的指标。",
        "县数据“一张表”管理要求",
        label="只用标准指标",
    ),
    RuleSpec(
        "reports.minutes",
        SOFT,
        "填报用时按固定时间加逐项时间估算（分钟）。",
        "县“一表一审”制度 填报用时口径",
        {"fixed": 5, "typed": 1.0, "checked": 0.2},
        label="填报用时估算",
        words={"fixed": "每表固定 {:g} 分钟", "typed": "新填一项 {:g} 分钟", "checked": "核对一项 {:g} 分钟"},
    ),
    RuleSpec(
        "reports.validity",
        HARD,
        "准入有效期最长 12 个月，到期自动停止填报。",
        "县“一表一审”制度",
        {"months": 12},
        label="准入有效期",
        words={"months": "最长 {:g} 个月"},
    ),
    RuleSpec(
        "reports.urgent",
        HARD,
        "上级急要数凭上级通知先取得临时编号，一次性使用，最长 30 天，3 个工作日内补审。",
        "县“一表一审”制度",
        {"days": 30, "review_workdays": 3},
        label="上级急要数",
        words={"days": "最长 {:g} 天", "review_workdays": "{:g} 个工作日内补审"},
    ),
    RuleSpec(
        "reports.outlier",
        SOFT,
        "与近期数值相差较大的，应核对并说明。",
        "县数据“一张表”管理要求",
        {"ratio": 3, "least": 5},
        label="数值相差较大须说明",
        words={"ratio": "相差 {:g} 倍以上", "least": "且至少差 {:g}"},
    ),
]
