"""Reading the environment: each NAME may come as NAME_FILE, and what is missing is said in a sentence."""

import os
import sys
from pathlib import Path


class MissingSetting(SystemExit):
    """The start is refused with a sentence that names the setting."""


def refuse(sentence: str) -> MissingSetting:
    """Return the refusal to raise; printed to stderr with exit code 2."""
    sys.stderr.write(sentence + "\n")
    return MissingSetting(2)


def text(name: str, default: str | None = None) -> str:
    """Value of NAME, else the content of the file NAME_FILE, else `default`; without one the start is refused."""
    if name in os.environ:
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise refuse(f"无法读取 {name}_FILE 所指的文件：{error.strerror}。") from error
    if default is None:
        raise refuse(f"缺少环境变量 {name}（或 {name}_FILE），系统不能启动。说明见 .env.example。")
    return default


def flag(name: str, *, default: bool = False) -> bool:
    """Value of NAME as a switch: 1/0, true/false, yes/no."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise refuse(f"环境变量 {name} 只能是 0 或 1，现为“{value}”。")


def secret(name: str, *, shortest: int) -> str:
    """A secret of at least `shortest` characters; a weak one stops the start."""
    value = text(name)
    if len(value) < shortest or len(set(value)) < shortest // 5:
        raise refuse(f"环境变量 {name} 过弱：至少 {shortest} 个随机字符。")
    return value


def items(name: str, default: str = "") -> list[str]:
    """A comma-separated list, empty items left out."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
