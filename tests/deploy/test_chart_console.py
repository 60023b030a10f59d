"""The chart's console: off by default, restricted, and nobody comes in who should not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.config.settings import WithoutKeys, load
from streams.console.main import STOP_TIMEOUT_S, check_access
from tests.deploy.test_chart import CHART, HELM, of_kind, refusal, rendered

WITH_CONSOLE = ("everything", "scram")

pytestmark = pytest.mark.skipif(
    not Path(HELM).exists(), reason="no helm here (`make tools` builds it, with Go)"
)


def of(case: str) -> list[dict[str, Any]]:
    return rendered("-f", str(CHART / "ci" / f"{case}-values.yaml"))


def one(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = of_kind(resources, kind, "console")
    return found


@pytest.mark.parametrize("case", WITH_CONSOLE)
def test_the_pod_is_as_restricted_as_a_workers(case: str) -> None:
    resources = of(case)
    (workers,) = of_kind(resources, "StatefulSet")
    ours, theirs = (
        found["spec"]["template"]["spec"] for found in (one(resources, "Deployment"), workers)
    )
    for field in ("securityContext", "automountServiceAccountToken", "enableServiceLinks"):
        assert ours[field] == theirs[field]
    container = ours["containers"][0]
    assert container["securityContext"] == theirs["containers"][0]["securityContext"]
    assert ours["terminationGracePeriodSeconds"] > 2 * STOP_TIMEOUT_S
    assert not any("HMAC" in variable["name"] for variable in container["env"])
    volumes = {v["name"] for v in ours["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


@pytest.mark.parametrize("case", WITH_CONSOLE)
def test_it_starts_with_what_the_chart_sets(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = of(case)
    (config,) = of_kind(resources, "ConfigMap")
    (tmp_path / "idv.toml").write_text(config["data"]["idv.toml"])
    (tmp_path / "value").write_text("password\n")
    container = one(resources, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    for variable in container["env"]:
        value = variable["value"]
        placed = str(tmp_path / Path(value).name) if value.startswith("/etc/") else value
        monkeypatch.setenv(variable["name"], placed)
    settings = load(WithoutKeys)
    check_access(settings)
    assert settings.console.logs_in
    assert settings.console.encrypted
    assert settings.console.port == container["ports"][0]["containerPort"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    files = [settings.console.users_file, settings.console.session_key_file]
    files += [settings.console.oidc.client_secret_file] if settings.console.oidc else []
    assert {str(file.parent) for file in files if file} == {"/etc/idv/console"} <= mounts


def test_what_selects_finds_it() -> None:
    resources = of("everything")
    labels = one(resources, "Deployment")["spec"]["template"]["metadata"]["labels"].items()
    service = one(resources, "Service")
    assert service["spec"]["selector"].items() <= labels
    assert {port["name"] for port in service["spec"]["ports"]} == {"page", "metrics"}
    for kind in ("PodDisruptionBudget", "ServiceMonitor"):
        selected = one(resources, kind)["spec"]["selector"]["matchLabels"].items()
        assert selected <= labels
        assert selected <= service["metadata"]["labels"].items()
    policy = one(resources, "NetworkPolicy")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels
    assert policy["ingress"][0]["from"]
    assert policy["egress"][-1]["ports"] == [{"port": 443, "protocol": "TCP"}]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("console.accessSecret.name=", "accessSecret"),
        ("settings.console.users_file=", "so that people log in"),
        ("settings.console.host=0.0.0.0", "host"),
    ],
)
def test_values_that_cannot_work_are_refused(option: str, complaint: str) -> None:
    assert complaint in refusal("scram-values.yaml", option)
