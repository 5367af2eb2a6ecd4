"""Units and people of the demonstration."""

from __future__ import annotations

import datetime as dt
import random

from core import audit, clock, pinyin
from organization.choices import Level, Power, Rank, Side
from organization.demo_doors import DEMO_PASSWORD
from organization.models import Posting, Unit, User

TOWNSHIPS = (
    ("220323001000", "永盛街道", "subdistrict", 3, 4),
    ("220323002000", "永宁街道", "subdistrict", 3, 6),
    ("220323100000", "伊通镇", "town", 23, 0),
    ("220323101000", "二道镇", "town", 10, 0),
    ("220323102000", "伊丹镇", "town", 12, 0),
    ("220323103000", "马鞍山镇", "town", 13, 0),
    ("220323104000", "景台镇", "town", 17, 0),
    ("220323105000", "靠山镇", "town", 9, 0),
    ("220323106000", "大孤山镇", "town", 17, 0),
    ("220323107000", "小孤山镇", "town", 13, 0),
    ("220323108000", "营城子镇", "town", 14, 0),
    ("220323109000", "西苇镇", "town", 8, 0),
    ("220323110000", "河源镇", "town", 12, 0),
    ("220323111000", "黄岭子镇", "town", 7, 0),
    ("220323200000", "新兴乡", "township", 8, 0),
    ("220323201000", "莫里青乡", "township", 7, 0),
    ("220323202000", "三道乡", "township", 11, 0),
)
"""Real names and codes; numbers of villages and counted communities."""

P, G = Side.PARTY, Side.GOVERNMENT
DEPARTMENTS: tuple[tuple[str, str, str], ...] = (
    ("ldr", "县委", P),
    ("dis", "县纪委监委", P),
    ("cpo", "县委办公室", P),
    ("sup", "县委督查室", P),
    ("org", "县委组织部", P),
    ("", "县委宣传部", P),
    ("", "县委统战部", P),
    ("", "县委政法委", P),
    ("swd", "县委社会工作部", P),
    ("eso", "县委编办", P),
    ("cgo", "县政府办公室", G),
    ("", "县发展和改革局", G),
    ("", "县教育局", G),
    ("minzheng", "县民政局", G),
    ("", "县财政局", G),
    ("", "县人力资源和社会保障局", G),
    ("", "县自然资源局", G),
    ("", "县住房和城乡建设局", G),
    ("nongye", "县农业农村局", G),
    ("weijian", "县卫生健康局", G),
    ("yingji", "县应急管理局", G),
    ("tongji", "县统计局", G),
    ("dgb", "县政务服务和数字化建设管理局", G),
    ("shili1", "示例一局", G),
    ("shili2", "示例二局", G),
)
"""机构序列. Whatever is wrong in the demonstration belongs to 示例一局 and 示例二局."""

_FIRST = "柳杏榆松桦梨桃枫槐桑柏椿榛杨梅莲荷兰菊桂"
_SECOND = "林山河湾岗坡泉溪甸屯沟岭台塘坪川畔源洼垣"
_FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
_GIVEN = (
    "国强",
    "秀英",
    "海燕",
    "志刚",
    "丽华",
    "建军",
    "玉兰",
    "晓东",
    "桂芝",
    "永福",
    "春梅",
    "立新",
    "淑珍",
    "文博",
    "雪",
    "德胜",
)


OFFICES = (("伊通镇", "民政办"), ("伊通镇", "农业办"), ("河源镇", "民政办"))
OFFICERS = {"bao1": ("伊通镇", 0), "bao2": ("伊通镇", 1), "bao3": ("河源镇", 0), "bao4": ("河源镇", 1)}
"""包村干部: township, and which of its villages are theirs (every other one)."""


def build() -> dict[str, Unit]:
    """Create all units and people inside the open act; returns the units that the cases name, by short name."""
    root = _unit("伊通满族自治县", Level.COUNTY, None, "county", code="220323000000", order_no=0)
    named = {"county": root}
    for order, (short, name, side) in enumerate(DEPARTMENTS, 1):
        row = _unit(
            name,
            Level.DEPARTMENT,
            root,
            "department",
            side=side,
            order_no=order,
            invented=name.startswith("示例"),
            phone=f"0434-42{order:05}",
        )
        if short:
            named[short] = row
    rng = random.Random(220323)  # noqa: S311 - seeded on purpose: the county is the same every time
    for order, (code, name, kind, villages, communities) in enumerate(TOWNSHIPS, 1):
        township = _unit(
            name, Level.TOWNSHIP, root, kind, code=code, order_no=order, phone=f"0434-43{order:05}"
        )
        named[name] = township
        _villages(township, villages, communities, rng)
    for order, (town, office) in enumerate(OFFICES, 1):
        named[town + office] = _unit(town + office, Level.OFFICE, named[town], "office", order_no=order)
    return named


def _unit(name: str, level: str, parent: Unit | None, kind: str, **more: object) -> Unit:
    row = Unit.objects.create(
        name=name,
        level=level,
        parent=parent,
        kind=kind,
        pinyin=pinyin.full(name),
        initials=pinyin.initials(name),
        **more,
    )
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save(update_fields=["path"])
    return row


def _village_names(township: str, count: int, rng: random.Random) -> list[str]:
    fixed = {"伊通镇": ["示例一村", "示例二村", "示例二道村"], "河源镇": ["示例三村", "示例二道村"]}.get(
        township, []
    )
    names = list(fixed)
    while len(names) < count:
        name = f"示例{rng.choice(_FIRST)}{rng.choice(_SECOND)}村"
        if name not in names:
            names.append(name)
    return names


def _villages(township: Unit, villages: int, communities: int, rng: random.Random) -> None:
    prefix = str(township.code)[:9]
    names = [
        (f"{prefix}{200 + i}", name, "village")
        for i, name in enumerate(_village_names(township.name, villages, rng))
    ]
    names += [(f"{prefix}{i + 1:03}", f"示例{_FIRST[i]}园社区", "community") for i in range(communities)]
    rows = [
        Unit(
            code=code,
            name=name,
            level=Level.VILLAGE,
            parent=township,
            kind=kind,
            counted=True,
            invented=True,
            order_no=i,
            pinyin=pinyin.full(name),
            initials=pinyin.initials(name),
        )
        for i, (code, name, kind) in enumerate(names, 1)
    ]
    Unit.objects.bulk_create(rows)
    for row in rows:
        row.path = f"{township.path}{row.pk}/"
    Unit.objects.bulk_update(rows, ["path"])


COUNTY_ROLES = ("cpo", "cgo", "dgb", "eso", "sup", "swd", "org", "dis", "ldr", "tongji")
POWERS = {"sysadmin": Power.SYSTEM, "secadmin": Power.SECURITY, "auditor": Power.AUDIT}


def people(named: dict[str, Unit]) -> None:
    """Accounts of the doors, one 党政办 per township and one 填报员 per village."""
    password = _hashed()
    rng = random.Random(1)  # noqa: S311 - seeded on purpose

    def person(
        username: str, unit: Unit, role: str, title: str, rank: str = Rank.CLERK
    ) -> tuple[User, Posting]:
        name = rng.choice(_FAMILY) + rng.choice(_GIVEN)
        user = User(username=username, name=name, is_demo=True, created_at=clock.now(), password=password)
        posting = Posting(
            user=user,
            unit=unit,
            role=role,
            power=POWERS.get(role, Power.BUSINESS),
            title=title,
            rank=rank,
            during=(dt.date(2024, 1, 1), None),
            needs_two=False,
            created_by=0,
            granted_by=0,
        )
        return user, posting

    made = [person(code, named[code], code, "经办人") for code in COUNTY_ROLES]
    made += [
        person(code, named[code], "department", "经办人")
        for code in ("minzheng", "nongye", "yingji", "weijian", "shili1", "shili2")
    ]
    made += [
        person("org2", named["org"], "department", "经办人"),
        person("tongji2", named["tongji"], "department", "经办人"),
    ]
    made += [person(role, named["county"], role, "") for role in POWERS]
    made.append(person("sta1", named["伊通镇民政办"], "station", "民政助理"))
    made.append(person("sta2", named["河源镇民政办"], "station", "民政助理"))
    made += [
        person(code, named[township], "township", "包村干部") for code, (township, _) in OFFICERS.items()
    ]
    first = {"伊通镇": "twn1", "河源镇": "twn2"}
    for i, (_, name, *_rest) in enumerate(TOWNSHIPS, 1):
        made.append(person(first.get(name, f"twn{i + 100}"), named[name], "township", "党政办干事"))
    doors = {("伊通镇", "示例一村"): "vil1", ("伊通镇", "示例二村"): "vil2", ("河源镇", "示例三村"): "vil3"}
    for i, village in enumerate(Unit.objects.villages().select_related("parent"), 1):
        town = village.parent.name if village.parent else ""
        made.append(person(doors.get((town, village.name), f"cun{i:03}"), village, "village", "报账员"))
    observed = Unit.objects.get(parent=named["伊通镇"], name="示例二村")
    made.append(person("obs", observed, "obs", "联系点联络员"))
    User.objects.bulk_create([user for user, _ in made])
    Posting.objects.bulk_create([posting for _, posting in made])
    for code, (township, parity) in OFFICERS.items():
        villages = Unit.objects.villages().filter(parent=named[township]).order_by("order_no")
        Posting.objects.get(user__username=code).villages.set(list(villages)[parity::2])
    audit.record("建立演示账号", User, count=len(made))


def _hashed() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(DEMO_PASSWORD)
