"""Brings .venv and the npm packages up to the locks; run by the system's Python, standard library only.

    python3 tools/environment.py run     what the product and the embedded servers need
    python3 tools/environment.py dev     tests and linters as well

Nothing is done while the locks are unchanged. Written so that an old Python still prints the sentence below.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCKS = {"run": ["base.txt", "local.txt"], "dev": ["base.txt", "local.txt", "dev.txt"]}
NAMES = ["python3", "python3.13", "python3.12", "python3.11", "python3.14"]


def stop(sentence):
    """End with one sentence that says what to do."""
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def suitable_python():
    """Path of a Python 3.11 or newer."""
    if sys.version_info >= (3, 11):
        return sys.executable
    for name in NAMES:
        path = shutil.which(name)
        if path and not subprocess.call([path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
            return path
    return stop(
        "需要 Python 3.11 或更新版本，本机为 {}.{}。请安装 python3.11（或更新）和 python3.11-venv，再运行一次。".format(
            *sys.version_info[:2]
        )
    )


def digest(paths):
    """Hash of the named files."""
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def fresh(stamp, value):
    """Whether the stamp holds the value."""
    if not os.path.exists(stamp):
        return False
    with open(stamp) as file:
        return file.read() == value


def note(stamp, value):
    """Write the stamp."""
    with open(stamp, "w") as file:
        file.write(value)


def make_venv():
    """The virtual environment, made once."""
    if os.path.exists(PYTHON):
        return
    python = suitable_python()
    print("正在建立 Python 环境 .venv …", flush=True)
    if subprocess.call([python, "-m", "venv", VENV]):
        shutil.rmtree(VENV, ignore_errors=True)
        stop("不能建立 .venv：缺少 venv 模块。请运行：sudo apt-get install -y python3-venv，再运行一次。")


def install(kind):
    """Packages of the locks, by hash, wheels only."""
    files = [os.path.join(ROOT, "requirements", name) for name in LOCKS[kind]]
    stamp = os.path.join(VENV, ".lock-" + kind)
    if fresh(stamp, digest(files)):
        return
    print("正在安装软件包（只在第一次或版本变动时需要，约一分钟）…", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    command += ["--only-binary=:all:"]
    for file in files:
        command += ["-r", file]
    if subprocess.call(command):
        stop("软件包没有装好。请检查能否访问 pip 源（或用 PIP_INDEX_URL 指定内网源），再运行一次。")
    note(stamp, digest(files))


def main(kind):
    """Environment first, then assets by the environment's own Python."""
    if os.name != "posix":
        stop("请在 Linux 或 macOS 上运行（Windows 请用 WSL）。")
    make_venv()
    install(kind)
    sys.exit(subprocess.call([PYTHON, "-m", "tools.assets"], cwd=ROOT))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
