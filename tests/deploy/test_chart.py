"""The Helm chart is linted, rendered and checked against Kubernetes' schemas, and the worker
accepts its settings. Skipped without helm (`make tools` builds it).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from streams.config import secret_files
from streams.config import settings as worker_settings
from streams.config.settings import Settings
from streams.contracts.topics import load as load_topics
from streams.worker import main
from streams.worker.ops import health
from tests.support.paths import ROOT

CHART = ROOT / "deploy" / "helm" / "idv-streams"
CASES = sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").iterdir())
HELM = shutil.which("helm") or str(Path.home() / ".cache/idv-streams/tools/helm")
KUBERNETES = "1.31"

pytestmark = pytest.mark.skipif(
    not Path(HELM).exists(), reason="no helm here (`make tools` builds it, with Go)"
)

# Fields of resources that Kubernetes has no schema of, as their operators' definitions have them.
CUSTOM: dict[str, tuple[str, Any]] = {
    "KafkaTopic": (
        "kafka.strimzi.io/v1beta2",
        {"partitions": int, "replicas": int, "config": {"*": (str, int)}},
    ),
    "KafkaUser": (
        "kafka.strimzi.io/v1beta2",
        {
            "authentication": {"type": str},
            "authorization": {
                "type": str,
                "acls": [
                    {
                        "resource": {"type": str, "name": str, "patternType": str},
                        "operations": [str],
                    }
                ],
            },
        },
    ),
    "ServiceMonitor": (
        "monitoring.coreos.com/v1",
        {
            "selector": {"matchLabels": {"*": str}},
            "endpoints": [
                {
                    "port": str,
                    "path": str,
                    "interval": str,
                    "relabelings": [
                        {"targetLabel": str, "replacement": str, "sourceLabels": [str]}
                    ],
                }
            ],
        },
    ),
    "PrometheusRule": (
        "monitoring.coreos.com/v1",
        {
            "groups": [
                {
                    "name": str,
                    "rules": [
                        {
                            "alert": str,
                            "record": str,
                            "expr": str,
                            "for": str,
                            "keep_firing_for": str,
                            "labels": {"*": str},
                            "annotations": {"*": str},
                        }
                    ],
                }
            ]
        },
    ),
    "ScaledObject": (
        "keda.sh/v1alpha1",
        {
            "scaleTargetRef": {
                "apiVersion": str,
                "kind": str,
                "name": str,
                "envSourceContainerName": str,
            },
            "minReplicaCount": int,
            "maxReplicaCount": int,
            "pollingInterval": int,
            "fallback": {"failureThreshold": int, "replicas": int, "behavior": str},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": dict}},
            "triggers": [{"type": str, "metadata": {"*": str}, "authenticationRef": {"name": str}}],
        },
    ),
    "TriggerAuthentication": (
        "keda.sh/v1alpha1",
        {
            "env": [{"parameter": str, "name": str, "containerName": str}],
            "secretTargetRef": [{"parameter": str, "name": str, "key": str}],
        },
    ),
}


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [HELM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def refusal(values: str, option: str) -> str:
    """Why helm renders nothing for a file of values with one option changed."""
    done = helm(
        "template", "risk", str(CHART), "--kube-version", KUBERNETES,
        "-f", str(CHART / "ci" / values), "--set", option,
    )  # fmt: skip
    assert done.returncode != 0
    return done.stderr


def rendered(*arguments: str) -> list[dict[str, Any]]:
    """All resources of a release `risk`."""
    options = ("--namespace", "idv", "--kube-version", KUBERNETES)
    done = helm("template", "risk", str(CHART), *options, *arguments)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


@pytest.fixture(scope="module", params=CASES)
def resources(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return rendered("-f", str(CHART / "ci" / f"{request.param}-values.yaml"))


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    return rendered("-f", str(CHART / "ci" / "everything-values.yaml"))


def of_kind(
    resources: list[dict[str, Any]], kind: str, component: str = "worker"
) -> list[dict[str, Any]]:
    return [
        found
        for found in resources
        if found["kind"] == kind
        and found["metadata"]["labels"]["app.kubernetes.io/component"] == component
    ]


def worker_of(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The pod template's specification."""
    (workers,) = of_kind(resources, "StatefulSet")
    pod: dict[str, Any] = workers["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("case", CASES)
def test_the_chart_is_linted(case: str) -> None:
    values = str(CHART / "ci" / f"{case}-values.yaml")
    done = helm("lint", "--strict", "--kube-version", KUBERNETES, str(CHART), "-f", values)
    assert done.returncode == 0, done.stdout + done.stderr


def test_resources_are_of_kubernetes_schemas(resources: list[dict[str, Any]]) -> None:
    for resource in resources:
        if resource["kind"] in CUSTOM:
            version, shape = CUSTOM[resource["kind"]]
            assert resource["apiVersion"] == version
            assert list(misfits(resource["spec"], shape, resource["kind"])) == []
        else:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def misfits(value: Any, shape: Any, where: str) -> Iterator[str]:
    """Where a value has a field that its resource has not, or of another type."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield where
            return
        for name, item in value.items():
            inner = shape.get(name, shape.get("*"))
            if inner is None:
                yield f"{where}.{name}"
            else:
                yield from misfits(item, inner, f"{where}.{name}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield where
            return
        for item in value:
            yield from misfits(item, shape[0], f"{where}[]")
    elif not isinstance(value, shape) or isinstance(value, bool):
        yield where


def test_a_field_that_a_resource_has_not_is_seen() -> None:
    shape = CUSTOM["KafkaTopic"][1]
    assert list(misfits({"partitions": "8", "retention": 3}, shape, "KafkaTopic")) == [
        "KafkaTopic.partitions",
        "KafkaTopic.retention",
    ]


def test_the_pod_keeps_to_the_restricted_standard(resources: list[dict[str, Any]]) -> None:
    pod = worker_of(resources)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    kinds = {next(k for k in volume if k != "name") for volume in pod["volumes"]}
    assert kinds <= {"emptyDir", "configMap", "secret"}


def test_mounts_have_volumes_and_do_not_nest(resources: list[dict[str, Any]]) -> None:
    (workers,) = of_kind(resources, "StatefulSet")
    pod = worker_of(resources)
    volumes = {volume["name"] for volume in pod["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in workers["spec"]["volumeClaimTemplates"]}
    mounts = pod["containers"][0]["volumeMounts"]
    assert {mount["name"] for mount in mounts} == volumes
    # Nothing can be mounted below a volume that is read-only.
    paths = [Path(mount["mountPath"]) for mount in mounts]
    assert not [(a, b) for a in paths for b in paths if a in b.parents]
    assert not any("subPath" in mount for mount in mounts)


def environment(resources: list[dict[str, Any]]) -> dict[str, str]:
    variables = worker_of(resources)["containers"][0]["env"]
    return {v["name"]: v.get("value", "risk-0") for v in variables}


def test_the_worker_takes_what_the_chart_sets(
    resources: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(resources)
    known = {f"IDV_{name.upper()}" for name in Settings.model_fields}
    assert given.keys() <= known | secret_files.variables(Settings) | {"IDV_CONFIG"}
    (config,) = of_kind(resources, "ConfigMap")
    (tmp_path / "idv.toml").write_text(config["data"]["idv.toml"])
    (tmp_path / "value").write_text("k1:a-secret-of-a-test-only\n")
    for name, value in given.items():
        path = Path(value)
        placed = str(tmp_path / path.name) if value.startswith("/etc/") else value
        monkeypatch.setenv(name, placed)
    settings = worker_settings.load()
    assert settings.profile == "production"
    assert settings.encrypted
    assert settings.member_name() == "risk-0"
    told = tomllib.loads(config["data"]["idv.toml"])
    plain = told.keys() - {"rules", "gateway", "fetch", "console"}
    assert all(getattr(settings, name) == told[name] for name in plain)


def test_settings_that_the_chart_sets_cannot_be_overruled(
    resources: list[dict[str, Any]],
) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]["settings"]
    names = {re.sub(r"_FILE$", "", n.removeprefix("IDV_")).lower() for n in environment(resources)}
    for name in (names & Settings.model_fields.keys()) - {"config"}:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: "x"}, schema)
    jsonschema.validate({"commit_interval_s": 1, "rules": {}}, schema)


def test_a_restart_follows_settings_that_need_one(tmp_path: Path) -> None:
    def annotation(*options: str) -> str:
        values = ("-f", str(CHART / "ci" / "minimal-values.yaml"))
        (workers,) = of_kind(rendered(*values, *options), "StatefulSet")
        return str(workers["spec"]["template"]["metadata"]["annotations"]["idv-streams/settings"])

    plain = annotation()
    assert annotation("--set", "settings.rules.ip_distance.shadow=true") == plain
    assert annotation("--set", "settings.commit_interval_s=2") != plain


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("kafka.bootstrapServers=", "bootstrapServers"),
        ("hmacKeysSecret.name=", "hmacKeysSecret"),
        ("kafka.securityProtocol=PLAINTEXT", "securityProtocol"),
        ("kafka.passwordSecret.name=", "passwordSecret"),
        ("strimzi.enabled=true", "strimzi"),
        ("replica=3", "replica"),
    ],
)
def test_values_that_cannot_work_are_refused(option: str, complaint: str) -> None:
    assert complaint in refusal("minimal-values.yaml", option)


def test_a_worker_has_the_time_that_it_needs_to_stop(resources: list[dict[str, Any]]) -> None:
    assert worker_of(resources)["terminationGracePeriodSeconds"] > main.STOP_TIMEOUT_S
    live = worker_of(resources)["containers"][0]["livenessProbe"]
    assert live["httpGet"] == {"path": "/live", "port": "metrics"}
    assert live["periodSeconds"] * live["failureThreshold"] <= health.LOOP_STUCK_S


def test_everything_that_selects_finds_the_workers(everything: list[dict[str, Any]]) -> None:
    (workers,) = of_kind(everything, "StatefulSet")
    labels = workers["spec"]["template"]["metadata"]["labels"].items()
    (service,) = of_kind(everything, "Service")
    (budget,) = of_kind(everything, "PodDisruptionBudget")
    (policy,) = of_kind(everything, "NetworkPolicy")
    (monitor,) = of_kind(everything, "ServiceMonitor")
    (scaled,) = of_kind(everything, "ScaledObject")
    assert workers["spec"]["selector"]["matchLabels"].items() <= labels
    assert service["spec"]["selector"].items() <= labels
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels
    assert (
        monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    )
    assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == workers["metadata"]["name"]
    assert workers["spec"]["serviceName"] == service["metadata"]["name"]
    assert "replicas" not in workers["spec"], "a release would undo what KEDA does"


def test_prometheus_gets_all_rules_and_runbooks(everything: list[dict[str, Any]]) -> None:
    (rule,) = of_kind(everything, "PrometheusRule")
    groups = [
        group
        for file in sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
        for group in yaml.safe_load(file.read_text())["groups"]
    ]
    text = json.dumps(rule["spec"]["groups"])
    assert json.loads(text.replace("https://docs.example/idv/", "")) == groups
    assert text.count("https://docs.example/idv/docs/runbooks.md#") == text.count('"alert"')


def test_strimzi_gets_topics_and_users(everything: list[dict[str, Any]]) -> None:
    plan = load_topics()
    topics = {t["metadata"]["name"]: t for t in of_kind(everything, "KafkaTopic")}
    assert topics.keys() == {topic.name for topic in plan.topics}
    for topic in plan.topics:
        spec = topics[topic.name]["spec"]
        wanted = topic.config(plan.profiles["production"].min_insync_replicas)
        assert {name: str(value) for name, value in spec["config"].items()} == wanted
        assert spec["partitions"] == topic.partitions
        assert spec["replicas"] == plan.profiles["production"].replication
    users = {u["metadata"]["name"]: u["spec"] for u in of_kind(everything, "KafkaUser")}
    assert users.keys() == {f"idv-{role}" for role in plan.roles}
    subscriber = users["idv-subscriber"]["authorization"]["acls"]
    read = {a["resource"]["name"] for a in subscriber if "Read" in a["operations"]}
    mine = {topic.name for topic in plan.topics if "subscriber" in topic.readers}
    assert read == {*mine, "idv-subscriber-"}
    assert not any("Write" in acl["operations"] for acl in subscriber)


def test_the_values_of_the_guide_work(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "kubernetes.md").read_text()
    (values,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "values.yaml").write_text(values)
    found = rendered("-f", str(tmp_path / "values.yaml"))
    assert environment(found)["IDV_BOOTSTRAP_SERVERS"] == "main-kafka-bootstrap.kafka.svc:9093"
