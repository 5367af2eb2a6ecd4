"""The house rules hold in the whole product, and each check knows a good line from a bad one."""

from functools import lru_cache

import pytest

from tests.rules.house import PRODUCT, ROOT, RULES, Rule, files, vague_name

# Places where a rule does not mean what it says, each with its reason. One that is no longer needed fails.
EXCEPTED = {
    ("status_only_in_take", "reports/services/expiry.py", "update(state=…) 绕过了 take"): (
        "停止一张报表的全部任务是一条语句，另记一条操作记录；逐条办理要 197 次"
    ),
    ("status_only_in_take", "reports/services/block/writing.py", "check.state 只能在 take 内改变"): (
        "SheetCheck 没有工作流：一份核对过的表只能确认一次"
    ),
    ("scoped_objects", "organization/views/accounts.py", "User.objects 没有 .for_user(…)"): (
        "管理范围内的账号由谁建立、由谁授权：只取这两个人的姓名"
    ),
    ("scoped_objects", "organization/views/doors.py", "Posting.objects 没有 .for_user(…)"): (
        "登录页的演示入口：还没有人登录，只取演示账号"
    ),
    ("scoped_objects", "organization/views/looking.py", "User.objects 没有 .for_user(…)"): (
        "意见建议送给系统管理员，写意见的人看不到他们"
    ),
    ("scoped_objects", "organization/views/looking.py", "Posting.objects 没有 .for_user(…)"): "同上",
    ("scoped_objects", "reports/views/gate_lists.py", "FormRequest.objects 没有 .for_user(…)"): (
        "子查询，外层的行已按范围取得"
    ),
    ("scoped_objects", "reports/views/gate_request.py", "Element.objects 没有 .for_user(…)"): (
        "启用的指标对有权申请的人全部可选"
    ),
}


@lru_cache
def breaches(rule: Rule) -> list[tuple[str, int, str]]:
    """Where the rule is broken: file, line, sentence."""
    return [
        (str(path), line, sentence)
        for path in files()
        if rule.files(path)
        for line, sentence in rule.check((ROOT / path).read_text(encoding="utf-8"))
    ]


BY_NAME = {rule.name: rule for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_check_knows_good_from_bad(rule):
    assert list(rule.check(rule.good)) == []
    assert len(list(rule.check(rule.bad))) == 1


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_product_keeps_the_rule(name):
    found = [
        f"{file}:{line} {sentence}"
        for file, line, sentence in breaches(BY_NAME[name])
        if (name, file, sentence) not in EXCEPTED
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_rule_reads_some_file(name):
    assert any(BY_NAME[name].files(path) for path in files())


def test_every_exception_is_still_needed():
    needed = {
        (name, file, sentence) for name, rule in BY_NAME.items() for file, _, sentence in breaches(rule)
    }
    assert set(EXCEPTED) - needed == set()


def test_no_module_is_named_for_nothing():
    assert [str(path) for path in files() if vague_name(path)] == []


def test_every_app_is_read():
    assert {path.parts[0] for path in files()} == {*PRODUCT, "templates"}
