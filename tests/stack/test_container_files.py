"""The files for a county's server, checked by reading them: no container engine is at hand."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
LISTED = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE))
FOREIGN = {"POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "PGDATA"}


def names_read_by_the_product():
    found = set()
    for app in (
        "core",
        "organization",
        "duties",
        "meetings",
        "signage",
        "reports",
        "monitoring",
        "yitong_gov",
    ):
        for file in (ROOT / app).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            found |= set(re.findall(r'\benv\.(?:text|flag|secret|items)\(\s*"([A-Z_]+)"', text))
            found |= set(re.findall(r'environ(?:\.get\(|\[|\.setdefault\()\s*"([A-Z_]+)"', text))
    return found - {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"}


def test_example_lists_every_name_the_product_reads():
    assert names_read_by_the_product() - LISTED == set()


def test_example_explains_each_name():
    lines = EXAMPLE.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            above = [text for text in reversed(lines[:number]) if not re.match(r"[A-Z_]+=", text)]
            assert re.match(r"#.{3,}", above[0]), line


def test_compose_holds_the_whole_product():
    assert set(SERVICES) == {"migrate", "web", "worker", "beat", "operate", "postgres", "valkey", "proxy"}
    assert SERVICES["postgres"]["image"] == "postgres:17"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_runs_unprivileged_and_read_only(name):
    service = SERVICES[name]
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_tells_its_health(name):
    health = SERVICES[name]["healthcheck"]
    if name in {"migrate", "operate"}:
        assert health == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert len(health["test"]) > 1
        assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_takes_secrets_from_files(name):
    service = SERVICES[name]
    environment = service.get("environment", {})
    for key, value in environment.items():
        if key.endswith("_FILE"):
            secret = value.removeprefix("/run/secrets/")
            assert secret in service["secrets"], key
            assert secret in COMPOSE["secrets"], key
        else:
            assert not re.search(r"PASSWORD|SECRET_KEY|ENCRYPTION|_URL$", key) or "${" in value, key
            assert key in LISTED | FOREIGN, key
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])


def test_only_migrate_and_operate_hold_the_owner():
    holders = {name for name, service in SERVICES.items() if "database_owner_url" in service["secrets"]}
    assert holders == {"migrate", "operate"}


def test_only_the_proxy_opens_ports():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}


def test_proxy_keeps_no_trace_of_the_public_front():
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    public = text[text.index("server_name gongzhong.example.gov.cn;", text.index("8443")) :]
    assert "access_log off;" in public
    block = public[public.index("location /public/ {") :]
    block = block[: block.index("}")]
    assert 'proxy_set_header X-Forwarded-For "";' in block
    assert 'proxy_set_header User-Agent "";' in block


def test_secret_script_makes_each_secret_once(tmp_path):
    import subprocess

    script = tmp_path / "make_secrets.sh"
    script.write_bytes((ROOT / "deploy" / "make_secrets.sh").read_bytes())
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"]) - {"tls_certificate", "tls_key"}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert made["app_password"] in made["database_url"]
    assert len(made["field_encryption_keys"]) == 44
    assert len(made["secret_key"]) >= 50
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


def test_locks_hold_hashes_and_no_addresses():
    for name in ("base", "local", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text
        for block in re.split(r"\n(?=\S)", text):
            if re.match(r"[a-z0-9]", block, flags=re.IGNORECASE):
                assert "--hash=sha256:" in block, block
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_each_ignored_lint_rule_has_a_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    start = text.index("ignore = [") + len("ignore = [")
    for line in text[start : text.index("]\n", start)].strip().splitlines():
        assert re.search(r'^\s*"[A-Z0-9]+",\s+# \S', line), line
    assert tomllib.loads(text)["tool"]["ruff"]["lint"]["select"] == ["ALL"]
