"""New settings while the worker runs: adopted if valid, otherwise ignored."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from streams.config.settings import load
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import Policy
from streams.worker.ops.reload import Reload


class Adopting(Pipeline):
    """Only remembers which policies it was given."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []

    def adopt(self, policy: Policy) -> None:
        self.policies.append(policy)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "idv.toml"
    path.write_text("")
    monkeypatch.setenv("IDV_CONFIG", str(path))
    return path


def reloads(result: str) -> float:
    return REGISTRY.get_sample_value("idv_policy_reloads_total", {"result": result}) or 0.0


def start() -> tuple[Adopting, Reload]:
    pipeline = Adopting()
    return pipeline, Reload(pipeline, load().policy().version)


def test_a_changed_file_is_adopted_once(file: Path) -> None:
    pipeline, reload = start()
    reload.look()
    assert not pipeline.policies
    file.write_text("[rules.ip_distance]\nshadow = true\n")
    reload.look()
    reload.look()
    (policy,) = pipeline.policies
    assert policy.rules["ip_distance"].shadow
    assert REGISTRY.get_sample_value("idv_policy_info", {"version": policy.version}) == 1


@pytest.mark.parametrize(
    "content",
    [
        "[rules.ip_distance]\nshadow = ",
        "[rules.ip_distence]\nshadow = true",
        "[rules.ip_distance]\ncooldown_minutes = -1",
        "[rules.duplicate_device.tiers]\nmedium = 1",
        "[links]\nkinds = ['face']",
        "[known.devices]\nnobody = ['0123456789abcdef']",
        "[distance]\npass_km = 900.0",
    ],
)
def test_an_unusable_file_changes_nothing(
    file: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline, reload = start()
    before = reloads("refused")
    file.write_text(content)
    reload.look()
    reload.look()
    assert not pipeline.policies
    assert reloads("refused") == before + 1
    assert "settings refused" in capsys.readouterr().out
    file.write_text("[rules.ip_distance]\nenabled = false\n")
    reload.look()
    assert len(pipeline.policies) == 1


def test_a_file_that_is_gone_for_a_moment_changes_nothing(file: Path) -> None:
    pipeline, reload = start()
    file.unlink()
    reload.look()
    assert not pipeline.policies
    other = file.with_suffix(".new")
    other.write_text("[rules.ip_distance]\nenabled = false\n")
    other.rename(file)
    reload.look()
    assert len(pipeline.policies) == 1


def test_what_is_no_policy_needs_a_restart(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, reload = start()
    file.write_text("standby_replicas = 1\n")
    assert reload.reload()
    assert not pipeline.policies
    assert "standby_replicas" in capsys.readouterr().out


async def test_sighup_reads_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.worker.ops.reload.LOOK_EVERY_S", 60)
    pipeline, reload = start()
    loop = asyncio.get_running_loop()
    loop.call_later(0.05, file.write_text, "[rules.ip_distance]\nenabled = false\n")
    loop.call_later(0.1, os.kill, os.getpid(), signal.SIGHUP)
    async with asyncio.timeout(20):  # before it would have looked by itself
        await reload.follow(lambda: bool(pipeline.policies))
    assert len(pipeline.policies) == 1
