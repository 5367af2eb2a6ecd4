"""Life of an assignment: the village submits, the township reviews, the department receives.

填报中 is an open one with values, 逾期 is computed; neither is stored. A returned single field is a `return` with
FieldReturn rows; only those fields reopen (reports.services.collection.filling).
"""

from core.workflow import Step, Workflow
from reports.choices import AssignmentState as S

REGISTER = "一表一审：有准入编号、在有效期内的报表按期报送"
REVIEW = "村级填报、乡镇审核、部门接收"
LAW = "《中华人民共和国统计法》：无依据、无编号的报表，填报单位可以不报（条款号以正式文件为准）"

SUBMIT = Step(
    "submit", "报送", frozenset({S.OPEN, S.RETURNED}), S.SUBMITTED, "reports.fill", REGISTER, primary=True
)
SUBMIT_FOR = Step(
    "submit_for",
    "代填报送",
    frozenset({S.OPEN, S.RETURNED}),
    S.SUBMITTED,
    "reports.fill_for",
    REGISTER,
    primary=True,
)
RECALL = Step(
    "recall", "撤回修改", frozenset({S.SUBMITTED}), S.OPEN, "reports.fill", "报送后、审核前可以撤回"
)
APPROVE = Step(
    "approve", "同意", frozenset({S.SUBMITTED}), S.APPROVED, "reports.review", REVIEW, primary=True
)
UNAPPROVE = Step(
    "unapprove", "撤销同意", frozenset({S.APPROVED}), S.SUBMITTED, "reports.review", "审核后 10 秒内可以撤销"
)
RETURN = Step(
    "return",
    "退回修改",
    frozenset({S.SUBMITTED, S.APPROVED}),
    S.RETURNED,
    "reports.review",
    REVIEW,
    needs_reason=True,
    stock_reasons=(
        "数据有误，请核对后重新报送。",
        "与上期相差较大，请写明原因。",
        "与部门台账不一致，请核对。",
        "有漏填，请补充。",
    ),
)
ACCEPT = Step(
    "accept",
    "接收",
    frozenset({S.APPROVED}),
    S.ACCEPTED,
    "reports.receive",
    "乡镇审核后 5 个工作日未提出异议的自动接收",
    primary=True,
)
REFUSE = Step("refuse", "无编号，依规不报", frozenset({S.OPEN}), S.REFUSED, "reports.fill", LAW, danger=True)
STOP = Step(
    "stop",
    "停止填报",
    frozenset({S.OPEN, S.RETURNED}),
    S.STOPPED,
    "reports.manage_forms",
    "报表到期、停用或并入后停止填报",
)

ASSIGNMENT = Workflow(
    model="reports.Assignment",
    states=S,
    initial=S.OPEN,
    steps=(SUBMIT, SUBMIT_FOR, RECALL, APPROVE, UNAPPROVE, RETURN, ACCEPT, REFUSE, STOP),
    final=frozenset({S.ACCEPTED, S.REFUSED, S.STOPPED}),
)
