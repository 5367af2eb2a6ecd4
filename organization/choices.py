"""Words of the organisation."""

from django.db import models


class Level(models.TextChoices):
    """Where a unit stands."""

    COUNTY = "county", "县"
    DEPARTMENT = "department", "县直部门"
    TOWNSHIP = "township", "乡镇（街道）"
    OFFICE = "office", "站所"
    VILLAGE = "village", "村（社区）"


class Side(models.TextChoices):
    """Decides the reviewing office: 县委办 or 县政府办."""

    PARTY = "party", "党委系统"
    GOVERNMENT = "government", "政府系统"


class Power(models.IntegerChoices):
    """三员: a person holds business or exactly one of the three administrations."""

    BUSINESS = 0, "业务"
    SYSTEM = 1, "系统管理员"
    SECURITY = 2, "安全管理员"
    AUDIT = 3, "审计管理员"


class Rank(models.TextChoices):
    """What a person is in the unit."""

    PRINCIPAL = "principal", "主要负责人"
    DEPUTY = "deputy", "分管负责人"
    HEAD = "head", "科室负责人"
    CLERK = "clerk", "经办人"
