"""The house rules as checks of one file's text. Each gives the lines that break it, with a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "organization", "duties", "meetings", "signage", "reports", "monitoring", "yitong_gov")
LONGEST = 400
WITHOUT_WORKFLOW = ("NumberedItem.", "SheetCheck.", "Job.")
"""Their state is a mark of a service, no step of a person."""
Found = Iterator[tuple[int, str]]


@dataclass(frozen=True)
class Rule:
    """A rule: its name, which files it reads, the check, and a good and a bad text to prove the check by."""

    name: str
    files: Callable[[Path], bool]
    check: Callable[[str], Found]
    good: str
    bad: str


def is_product(path: Path) -> bool:
    return path.suffix == ".py" and path.parts[0] in PRODUCT and "migrations" not in path.parts


def is_demo(path: Path) -> bool:
    return "demo" in path.parts


def is_view_or_api(path: Path) -> bool:
    return is_product(path) and (
        "views" in path.parts or path.stem in {"api", "views", "viewsets"} or "api" in path.parts
    )


def is_template(path: Path) -> bool:
    return path.suffix == ".html" and path.parts[0] == "templates"


def _with_take(node: ast.With) -> set[str]:
    """Names bound by `with take(…) as name` (or take_many)."""
    names = set()
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] in {"take", "take_many"}:
            names |= {
                part.id
                for part in ast.walk(item.optional_vars or ast.Tuple([]))
                if isinstance(part, ast.Name)
            }
    return names


def status_written(text: str) -> Found:
    """A status field is assigned or updated outside `take`."""
    tree = ast.parse(text)
    taken = {name for node in ast.walk(tree) if isinstance(node, ast.With) for name in _with_take(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Attribute) and target.attr in {"state", "status"}:
                    owner = ast.unparse(target.value)
                    if owner not in taken:
                        yield node.lineno, f"{owner}.{target.attr} 只能在 take 内改变"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"update", "bulk_update"}
        ):
            for word in node.keywords:
                if word.arg in {"state", "status"} and not ast.unparse(node.func).startswith(
                    WITHOUT_WORKFLOW
                ):
                    yield node.lineno, f"update({word.arg}=…) 绕过了 take"


def scoped_models() -> set[str]:
    """Names of the models whose rows people see by scope."""
    from django.apps import apps

    return {model.__name__ for model in apps.get_models() if hasattr(model, "VIEW_PERMISSION")}


def _asks_scope(function: ast.FunctionDef) -> bool:
    """Whether the function asks for scope itself: `permitted(…)` or `.for_user(…)`."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return bool(names & {"permitted", "for_user"})


def unscoped_objects(text: str) -> Found:
    """`Model.objects` of a scoped model without `.for_user(` where people ask."""
    tree, scoped = ast.parse(text), scoped_models()
    allowed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _asks_scope(node):
            allowed |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Attribute) and node.attr in {"for_user", "none"}:
            allowed.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager", "_default_manager"}:
            owner = ast.unparse(node.value)
            if id(node) not in allowed and owner in scoped:
                yield node.lineno, f"{owner}.{node.attr} 没有 .for_user(…)"


def signals(text: str) -> Found:
    """No Django signals."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for one in node.decorator_list:
                if ast.unparse(one).split("(")[0].rsplit(".", 1)[-1] == "receiver":
                    yield node.lineno, "不用信号（@receiver）"
        elif (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("django.")
            and "signals" in (node.module or "")
        ):
            yield node.lineno, f"不用信号（{node.module}）"


def too_long(text: str) -> Found:
    """No module over 400 lines."""
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > LONGEST:
        yield lines, f"{lines} 行，超过 {LONGEST} 行"


def migration_imports(text: str) -> Found:
    """A migration stands on history, never on an app's present code."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            # core.crypto is the class of a field; makemigrations writes it there itself.
            if parts[0] in PRODUCT and "crypto" not in parts:
                yield node.lineno, f"迁移引用了 {name}"


_INLINE = (
    (re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE), "脚本须放在 static/js"),
    (re.compile(r"<style\b", re.IGNORECASE), "样式须放在 static/css"),
    (re.compile(r"\sstyle\s*=", re.IGNORECASE), "不用 style 属性"),
    (re.compile(r"\son[a-z]{3,}\s*=", re.IGNORECASE), "不用 on… 属性"),
    (re.compile(r"\shx-on\b", re.IGNORECASE), "不用 hx-on"),
    (re.compile(r"javascript:", re.IGNORECASE), "不用 javascript: 地址"),
    (re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"), "不得关闭转义"),
)
_JSON_BLOCK = re.compile(r'<script[^>]*type="application/json"[^>]*>')


def inline_code(text: str) -> Found:
    """Strict CSP: nothing inline, and escaping stays on."""
    for number, line in enumerate(text.splitlines(), 1):
        plain = _JSON_BLOCK.sub("", line)
        for pattern, sentence in _INLINE:
            if pattern.search(plain):
                yield number, sentence


_WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "delete",
    "act",
    "take",
    "take_many",
    "enqueue",
}
_DICT_LIKE = {"update"}


def get_writes(text: str) -> Found:
    """A view's `get`, and what Django calls for it, never writes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name in {
            "get",
            "get_context_data",
            "get_queryset",
            "rows",
            "get_object",
        }:
            for call in ast.walk(node):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr in _WRITES
                ):
                    yield call.lineno, f"{node.name} 中调用了 {ast.unparse(call.func)}"


def swallowed(text: str) -> Found:
    """No failure passes in silence."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            wide = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            if wide and all(isinstance(part, ast.Pass) for part in node.body):
                yield node.lineno, "吞掉了一切错误"


def vague_name(path: Path) -> bool:
    """Files named for nothing in particular."""
    return path.stem in {"utils", "helpers", "common", "misc", "util"}


RULES = (
    Rule(
        "status_only_in_take",
        lambda path: is_product(path) and path.parts[0] != "core" and not is_demo(path),
        status_written,
        "with take(STEP, Form, pk, actor=a) as row:\n    row.state = 'x'\nrows.filter(state='x').update(version=2)\n",
        "row = Form.objects.get(pk=1)\nrow.state = 'x'\n",
    ),
    Rule(
        "status_only_in_take",
        lambda path: is_product(path) and path.parts[0] != "core" and not is_demo(path),
        status_written,
        "rows.update(version=2)\n",
        "Form.objects.filter(pk=1).update(state='x')\n",
    ),
    Rule(
        "scoped_objects",
        is_view_or_api,
        unscoped_objects,
        "rows = Form.objects.for_user(user, 'reports.view_forms').filter(pk=1)\n",
        "rows = Form.objects.filter(pk=1)\n",
    ),
    Rule(
        "no_signals",
        is_product,
        signals,
        "@handler('x')\ndef f(r): ...\n",
        "@receiver(post_save)\ndef f(sender): ...\n",
    ),
    Rule(
        "no_signals",
        is_product,
        signals,
        "from django.db import models\n",
        "from django.db.models.signals import post_save\n",
    ),
    Rule("short_modules", is_product, too_long, "x = 1\n" * LONGEST, "x = 1\n" * (LONGEST + 1)),
    Rule(
        "migrations_stand_alone",
        lambda path: path.suffix == ".py" and path.parts[0] in PRODUCT and "migrations" in path.parts,
        migration_imports,
        "import pgtrigger.migrations\nfrom django.db import migrations\nimport core.crypto\n",
        "from reports.models import Form\n",
    ),
    Rule(
        "nothing_inline",
        is_template,
        inline_code,
        '<script src="/static/a.js"></script>',
        "<script>alert(1)</script>",
    ),
    Rule("nothing_inline", is_template, inline_code, '<td class="num">', '<td style="color:red">'),
    Rule(
        "nothing_inline",
        is_template,
        inline_code,
        '<button type="button" data-press>',
        '<button onclick="go()">',
    ),
    Rule("nothing_inline", is_template, inline_code, "{{ text }}", "{{ text|safe }}"),
    Rule("nothing_inline", is_template, inline_code, '<div hx-get="/x/">', '<div hx-on:click="go()">'),
    Rule(
        "reading_writes_nothing",
        is_view_or_api,
        get_writes,
        "class V:\n    def get(self, request):\n        return render(request, 'x')\n    def post(self, request):\n        row.save()\n",
        "class V:\n    def get(self, request):\n        row.save()\n",
    ),
    Rule(
        "no_silence",
        is_product,
        swallowed,
        "try:\n    f()\nexcept KeyError:\n    pass\n",
        "try:\n    f()\nexcept Exception:\n    pass\n",
    ),
)


def files() -> list[Path]:
    """Every file of the product that a rule may read, relative to the root."""
    found = [path for top in PRODUCT for path in (ROOT / top).rglob("*.py")]
    found += list((ROOT / "templates").rglob("*.html"))
    return sorted(path.relative_to(ROOT) for path in found)
