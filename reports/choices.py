"""Words of the forms."""

from django.db import models


class ElementStatus(models.TextChoices):
    """Registration status of an indicator (ISO/IEC 11179, in the county's words)."""

    PENDING = "pending", "待审"
    ACTIVE = "active", "启用"
    SUPERSEDED = "superseded", "已替代"
    RETIRED = "retired", "停用"


class Sensitivity(models.TextChoices):
    """Who else may see a value."""

    OWN = "own", "仅本部门"
    SHARED = "shared", "县内共享"
    SENSITIVE = "sensitive", "敏感"


class Aggregation(models.TextChoices):
    """How finer values make a coarser one."""

    SUM = "sum", "求和"
    LAST = "last", "取期末"
    NONE = "none", "不汇总"


class Carry(models.TextChoices):
    """What stands in the field when a new period opens."""

    CARRY = "carry", "沿用上期"
    ANEW = "anew", "每期重填"
    SOURCE = "source", "来源部门提供"


class ValueType(models.TextChoices):
    """Type of a value."""

    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "小数"
    TEXT = "text", "文字"
    CHOICE = "choice", "选项"


class Category(models.TextChoices):
    """What a form rests on."""

    STATUTORY = "statutory", "法定统计调查"
    SUPERIOR = "superior", "上级部署"
    COUNTY = "county", "县级工作报表"
    TOWNSHIP = "township", "乡镇自设"


class FormState(models.TextChoices):
    """Life of a form."""

    DRAFT = "draft", "未准入"
    ACTIVE = "active", "在用"
    EXPIRED = "expired", "已过有效期"
    MERGED = "merged", "已并入"
    CANCELLED = "cancelled", "已停用"


class RequestKind(models.TextChoices):
    """What a request asks for."""

    NEW = "new", "新增"
    RENEW = "renew", "延期"
    REVISE = "revise", "修订"
    CANCEL = "cancel", "停用"
    URGENT = "urgent", "上级急要数"
    EXISTING = "existing", "存量登记"


class RequestState(models.TextChoices):
    """Life of a request (一表一审)."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审"
    PROVISIONAL = "provisional", "临时编号待审"
    RETURNED = "returned", "退回修改"
    ADMITTED = "admitted", "准入"
    MERGED = "merged", "并入"
    TAKEN = "taken", "直接取用"
    REGISTERED = "registered", "登记"
    REJECTED = "rejected", "驳回"
    WITHDRAWN = "withdrawn", "已撤回"


class ReasonCode(models.TextChoices):
    """Why a request is rejected, or what a change of burden is made of (real cuts apart from re-estimates)."""

    UNNECESSARY = "unnecessary", "非必要"
    DUPLICATE = "duplicate", "重复"
    OVER_SUPERIOR = "over_superior", "高于上级要求"
    INCOMPLETE = "incomplete", "依据不足"
    CANCELLED = "cancelled", "停用"
    MERGED_AWAY = "merged_away", "并入"
    FREQUENCY_CUT = "frequency_cut", "降低频次"
    FIELDS_CUT = "fields_cut", "减少指标"
    SCOPE_CUT = "scope_cut", "缩小范围"
    PREFILLED = "prefilled", "改为带出"
    RE_ESTIMATED = "re_estimated", "口径调整"
    EXPIRED = "expired", "到期"


REAL_CUTS = frozenset(
    {
        ReasonCode.CANCELLED,
        ReasonCode.MERGED_AWAY,
        ReasonCode.FREQUENCY_CUT,
        ReasonCode.FIELDS_CUT,
        ReasonCode.SCOPE_CUT,
        ReasonCode.PREFILLED,
        ReasonCode.EXPIRED,
    }
)
"""实际压减; everything else is 口径调整."""


class AssignmentState(models.TextChoices):
    """Life of one form of one village and period. 填报中 is an open one with values; 逾期 is computed."""

    OPEN = "open", "未填报"
    SUBMITTED = "submitted", "已报送"
    APPROVED = "township_approved", "乡镇已审"
    ACCEPTED = "accepted", "已接收"
    RETURNED = "returned", "退回修改"
    REFUSED = "refused", "无编号，依规不报"
    STOPPED = "stopped", "停止填报"


class ValueKind(models.TextChoices):
    """Missing is no row; zero is a number; not applicable is said."""

    NUMBER = "number", "数值"
    TEXT = "text", "文字"
    NOT_APPLICABLE = "na", "不适用"


class Origin(models.TextChoices):
    """Where a value came from."""

    TYPED = "typed", "填报"
    CARRIED = "carried", "沿用"
    DERIVED = "derived", "汇总"
    LEDGER = "ledger", "来源部门"
    IMPORTED = "import", "导入"
    BY_TOWNSHIP = "by_township", "乡镇代填"


class DueKind(models.TextChoices):
    """How a due date is found."""

    DAY = "day", "期内第几日"
    WORKDAYS_AFTER = "workdays_after", "期满后几个工作日"


class Operator(models.TextChoices):
    """Between the sums of two sides of a cross-field check."""

    EQ = "=", "等于"
    LE = "<=", "不大于"
    GE = ">=", "不小于"
