"""Life of a request for a form, and of the form itself."""

from core.workflow import Step, Workflow
from reports.choices import FormState as F
from reports.choices import RequestState as S

RULE = "县“一表一审”制度：新增报表需经县政数局审核后才可纳入系统"
REJECT = "县“一表一审”制度：对非必要、重复的报表申请一律驳回"
STATUTE = "《中华人民共和国统计法》：统计调查项目依法审批、备案（条款号以正式文件为准）"
WAITING = frozenset({S.SUBMITTED, S.PROVISIONAL})

SUBMIT = Step(
    "submit",
    "送审",
    frozenset({S.DRAFT, S.RETURNED}),
    S.SUBMITTED,
    "reports.request_forms",
    RULE,
    primary=True,
)
PROVIDE = Step(
    "provide",
    "取得临时编号",
    frozenset({S.DRAFT}),
    S.PROVISIONAL,
    "reports.request_forms",
    "上级急要数凭上级通知先取得临时编号，一次性使用，3 个工作日内补审",
)
CLOSE = Step(
    "close",
    "停用备案",
    frozenset({S.DRAFT}),
    S.ADMITTED,
    "reports.manage_forms",
    "制表单位可随时停用自己的报表",
)
WITHDRAW = Step(
    "withdraw",
    "撤回申请",
    frozenset({S.SUBMITTED, S.RETURNED}),
    S.WITHDRAWN,
    "reports.request_forms",
    "审结前可以撤回",
)
ADMIT = Step("admit", "准入并编号", WAITING, S.ADMITTED, "reports.decide_requests", RULE, primary=True)
TAKE = Step(
    "take",
    "直接取用",
    frozenset({S.SUBMITTED}),
    S.TAKEN,
    "reports.decide_requests",
    "已有数据直接取用，不再向村要",
)
MERGE = Step("merge", "并入", frozenset({S.SUBMITTED}), S.MERGED, "reports.decide_requests", REJECT)
REGISTER = Step(
    "register",
    "登记（上级统一部署）",
    frozenset({S.SUBMITTED}),
    S.REGISTERED,
    "reports.decide_requests",
    "上级统一部署的报表据文号登记，不予驳回",
)
REGISTER_STATUTORY = Step(
    "register_statutory",
    "登记（法定统计调查）",
    frozenset({S.SUBMITTED}),
    S.REGISTERED,
    "reports.register_statutory",
    STATUTE,
    primary=True,
)
RETURN = Step(
    "return",
    "退回修改",
    frozenset({S.SUBMITTED}),
    S.RETURNED,
    "reports.decide_requests",
    RULE,
    needs_reason=True,
    stock_reasons=(
        "请写明依据文号。",
        "请说明为何不能直接取用已有数据。",
        "请压减频次或指标后重报。",
        "请说明超出上级要求的理由。",
    ),
)
REJECT_STEP = Step(
    "reject",
    "驳回",
    WAITING,
    S.REJECTED,
    "reports.decide_requests",
    REJECT,
    needs_reason=True,
    danger=True,
    stock_reasons=(
        "已有数据可直接取用，不再新增报表。",
        "与在用报表重复，请使用现有数据。",
        "依据不足，非必要。",
        "超出上级要求，增加基层负担。",
    ),
)

REQUEST = Workflow(
    model="reports.FormRequest",
    states=S,
    initial=S.DRAFT,
    steps=(
        SUBMIT,
        PROVIDE,
        CLOSE,
        WITHDRAW,
        ADMIT,
        TAKE,
        MERGE,
        REGISTER,
        REGISTER_STATUTORY,
        RETURN,
        REJECT_STEP,
    ),
    final=frozenset({S.ADMITTED, S.MERGED, S.TAKEN, S.REGISTERED, S.REJECTED, S.WITHDRAWN}),
)

ACTIVATE = Step(
    "activate", "启用", frozenset({F.DRAFT, F.EXPIRED, F.ACTIVE}), F.ACTIVE, "reports.decide_requests", RULE
)
EXPIRE = Step(
    "expire", "到期失效", frozenset({F.ACTIVE}), F.EXPIRED, "reports.manage_forms", "有效期届满自动停止填报"
)
CANCEL = Step(
    "cancel",
    "停用",
    frozenset({F.ACTIVE}),
    F.CANCELLED,
    "reports.manage_forms",
    "制表单位可随时停用自己的报表",
)
DROP = Step(
    "drop",
    "不再制表",
    frozenset({F.DRAFT}),
    F.CANCELLED,
    "reports.decide_requests",
    "指标全部直接取用，不再新增报表",
)
REVOKE = Step("revoke", "撤销临时编号", frozenset({F.ACTIVE}), F.CANCELLED, "reports.decide_requests", REJECT)
MERGE_AWAY = Step(
    "merge_away", "并入其他报表", frozenset({F.ACTIVE, F.DRAFT}), F.MERGED, "reports.decide_requests", REJECT
)

FORM = Workflow(
    model="reports.Form",
    states=F,
    initial=F.DRAFT,
    steps=(ACTIVATE, EXPIRE, CANCEL, DROP, REVOKE, MERGE_AWAY),
    final=frozenset({F.MERGED, F.CANCELLED}),
)
