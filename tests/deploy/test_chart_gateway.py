"""The chart's gateway: off by default, restricted, and configurable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.config.settings import WithoutKeys, load
from streams.gateway.main import STOP_TIMEOUT_S, checked_endpoints
from tests.deploy.test_chart import CHART, HELM, of_kind, refusal, rendered

WITH_GATEWAY = ("everything", "scram")

pytestmark = pytest.mark.skipif(
    not Path(HELM).exists(), reason="no helm here (`make tools` builds it, with Go)"
)


def of(case: str) -> list[dict[str, Any]]:
    return rendered("-f", str(CHART / "ci" / f"{case}-values.yaml"))


def one(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = of_kind(resources, kind, "gateway")
    return found


def test_it_is_off_unless_it_is_asked_for() -> None:
    labels = [found["metadata"]["labels"] for found in of("minimal")]
    assert {found["app.kubernetes.io/component"] for found in labels} == {"worker"}


@pytest.mark.parametrize("case", WITH_GATEWAY)
def test_the_pod_is_as_restricted_as_a_workers(case: str) -> None:
    resources = of(case)
    (workers,) = of_kind(resources, "StatefulSet")
    ours, theirs = (
        found["spec"]["template"]["spec"] for found in (one(resources, "StatefulSet"), workers)
    )
    for field in ("securityContext", "automountServiceAccountToken", "enableServiceLinks"):
        assert ours[field] == theirs[field]
    container = ours["containers"][0]
    assert container["securityContext"] == theirs["containers"][0]["securityContext"]
    assert ours["terminationGracePeriodSeconds"] > 2 * STOP_TIMEOUT_S
    # It hashes nothing, and is the one that strangers reach.
    assert not any("HMAC" in variable["name"] for variable in container["env"])
    volumes = {v["name"] for v in ours["volumes"]} | {"spool"}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


@pytest.mark.parametrize("case", WITH_GATEWAY)
def test_it_starts_with_what_the_chart_sets(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = of(case)
    (config,) = of_kind(resources, "ConfigMap")
    hooks = tmp_path / "didit"
    hooks.write_text("a-secret-for-tests\n")
    text = config["data"]["idv.toml"].replace("/etc/idv/hooks/didit", str(hooks))
    (tmp_path / "idv.toml").write_text(text)
    (tmp_path / "value").write_text("password\n")
    container = one(resources, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    for variable in container["env"]:
        value = variable["value"]
        placed = str(tmp_path / Path(value).name) if value.startswith("/etc/") else value
        monkeypatch.setenv(variable["name"], placed)
    settings = load(WithoutKeys)
    (endpoint,) = checked_endpoints(settings).values()
    assert endpoint.secrets == (b"a-secret-for-tests",)
    assert settings.gateway.port == container["ports"][0]["containerPort"]


def test_what_selects_finds_it_and_what_is_accepted_outlives_it() -> None:
    resources = of("everything")
    gateway = one(resources, "StatefulSet")["spec"]
    labels = gateway["template"]["metadata"]["labels"].items()
    service = one(resources, "Service")
    assert service["spec"]["selector"].items() <= labels
    assert {port["name"] for port in service["spec"]["ports"]} == {"hooks", "metrics"}
    for kind in ("PodDisruptionBudget", "ServiceMonitor"):
        selected = one(resources, kind)["spec"]["selector"]["matchLabels"].items()
        assert selected <= labels
        assert selected <= service["metadata"]["labels"].items()
    policy = one(resources, "NetworkPolicy")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels
    assert policy["ingress"][0]["from"]
    assert gateway["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain", "whenScaled": "Retain",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("gateway.hooksSecret.name=", "hooksSecret"),
        ("settings.gateway.hooks.didit.default.secrets=x", "secrets"),
        ("settings.gateway.host=0.0.0.0", "host"),
    ],
)
def test_values_that_cannot_work_are_refused(option: str, complaint: str) -> None:
    assert complaint in refusal("scram-values.yaml", option)
