"""Settings that the gateway accepts and refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.config.settings import Settings, SettingsError, StartError, WithoutKeys, load
from streams.gateway.main import checked_endpoints, largest_body
from streams.kafka.producer import Outgoing
from streams.vendors.base.webhook import Hook
from tests.gateway.process import SECRET

DIDIT = "IDV_GATEWAY__HOOKS__DIDIT__DEFAULT__"
PRODUCTION = {"IDV_PROFILE": "production", f"{DIDIT}SECRETS": SECRET}


def settings(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name in [name for name in os.environ if name.startswith("IDV_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load(WithoutKeys)


def test_secrets_come_from_variables_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secrets"
    file.write_text("  the-first-of-a-file  \n\nthe-second-of-a-file\n")
    found = checked_endpoints(
        settings(
            monkeypatch,
            {
                **PRODUCTION,
                f"{DIDIT}SECRETS": f"{SECRET}, another-for-tests",
                "IDV_GATEWAY__HOOKS__DIDIT__OTHER__SECRETS_FILE": str(file),
                "IDV_GATEWAY__HOOKS__ALICE__DEFAULT__SECRETS_FILE": str(file),
                "IDV_GATEWAY__HOOKS__ALICE__DEFAULT__SIGNATURE_HEADER": "X-Alice",
            },
        )
    )
    assert found.keys() == {("didit", "default"), ("didit", "other"), ("alice", "default")}
    assert found["didit", "default"].secrets == (SECRET.encode(), b"another-for-tests")
    assert found["didit", "other"].secrets == (b"the-first-of-a-file", b"the-second-of-a-file")
    assert found["alice", "default"].options.signature_header == "x-alice"


def test_a_file_is_as_good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "idv.toml"
    file.write_text(
        f'[gateway.hooks.didit.default]\nsecrets = "{SECRET}"\nallow = ["203.0.113.0/24"]\n'
    )
    read = settings(monkeypatch, {"IDV_CONFIG": str(file), "IDV_PROFILE": "production"})
    (endpoint,) = checked_endpoints(read).values()
    assert (endpoint.secrets, len(endpoint.allow)) == ((SECRET.encode(),), 1)


REFUSED = [
    ({f"{DIDIT}SECRETS": ""}, "has no secret"),
    ({f"{DIDIT}SECRETS": f"{SECRET},short"}, "shorter than 16"),
    ({f"{DIDIT}SECRETS": SECRET, f"{DIDIT}SECRETS_FILE": "/x"}, "keep one"),
    ({f"{DIDIT}ENVIRONMENT": "PROD"}, "LIVE"),
    ({f"{DIDIT}ALLOW": '["nowhere"]'}, "gateway.hooks.didit.default.allow"),
    ({f"{DIDIT}SECRET": SECRET}, "there is no such setting"),
    ({f"{DIDIT}SECRET_HEADER": "a b"}, "not a header name"),
    ({"IDV_GATEWAY__HOOKS__NOBODY__DEFAULT__SECRETS": SECRET}, "no vendor is called nobody"),
    ({"IDV_GATEWAY__HOOKS__DIDIT___X__SECRETS": SECRET}, "an application name"),
    ({"IDV_GATEWAY__TLS_KEY_FILE": "/x"}, "belong together"),
    ({"IDV_GATEWAY__TRUSTED_PROXIES": '["10.0.0.1/8"]'}, "IPv4 or IPv6 network"),
]


@pytest.mark.parametrize(("variables", "problem"), REFUSED)
def test_what_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem) as refused:
        settings(monkeypatch, variables)
    assert SECRET not in str(refused.value)


UNSAFE = [
    ({"IDV_PROFILE": "production"}, "no hooks are configured"),
    ({"IDV_PROFILE": "production", f"{DIDIT}ENVIRONMENT": "LIVE"}, "set secrets.*didit/default"),
    ({**PRODUCTION, "IDV_GATEWAY__HOST": "0.0.0.0"}, "unencrypted hooks on 0.0.0.0"),
    ({**PRODUCTION, "IDV_GATEWAY__HOST": "gateway.example"}, "unencrypted hooks"),
    (
        {"IDV_PROFILE": "production", f"{DIDIT}SECRETS_FILE": "/nowhere/at/all"},
        "/nowhere/at/all: No such file",
    ),
]


@pytest.mark.parametrize(("variables", "problem"), UNSAFE)
def test_production_refuses_what_is_unsafe(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    with pytest.raises(StartError, match=problem):
        checked_endpoints(settings(monkeypatch, variables))


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"IDV_GATEWAY__HOST": "::1"},
        {"IDV_GATEWAY__HOST": "0.0.0.0", "IDV_GATEWAY__TRUSTED_PROXIES": '["10.0.0.0/8"]'},
        {"IDV_GATEWAY__HOST": "0.0.0.0", "IDV_GATEWAY__TLS_KEY_FILE": "/x",
         "IDV_GATEWAY__TLS_CERTIFICATE_FILE": "/x"},
    ],
)  # fmt: skip
def test_production_starts_where_it_is_safe(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    assert checked_endpoints(settings(monkeypatch, PRODUCTION | variables))


def test_in_the_dev_profile_every_vendor_has_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checked_endpoints(settings(monkeypatch, {f"{DIDIT}SECRETS": SECRET}))
    assert {name: bool(e.secrets) for name, e in found.items()} == {
        ("aiprise", "default"): False, ("alice", "default"): False,
        ("didit", "default"): True, ("idwise", "default"): False,
    }  # fmt: skip


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings(monkeypatch, {f"{DIDIT}SECRETS": SECRET})
    assert SECRET not in repr(read)
    assert SECRET not in str(read.model_dump(mode="json"))


def test_what_a_urls_query_becomes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = checked_endpoints(settings(monkeypatch, {}))["didit", "default"]
    hook = Hook(b"{}", {"traceparent": "not-one"})

    def headers(query: dict[str, str]) -> dict[str, bytes] | None:
        found = endpoint.record(hook, query, 1_779_013_333_514)
        return dict(found.headers) if isinstance(found, Outgoing) else None

    plain = headers({})
    assert plain is not None
    assert plain["idv-received-at"] == b"2026-05-17T10:22:13.514Z"
    assert len(plain["traceparent"]) == 55
    assert headers({"subject": "s" * 257}) is None
    assert headers({"environment": "e" * 33}) is None
    assert (headers({"subject": "é\udcff"}) or {})["idv-subject"] == "é?".encode()


def test_the_largest_body_fits_every_raw_topic() -> None:
    assert 4 * 1024 * 1024 < largest_body() < 6 * 1024 * 1024


def test_the_command_ends_with_a_clear_message(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IDV_")}
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "gateway", "--data", str(tmp_path)],
        env={**environment, "IDV_PROFILE": "production", "IDV_SECURITY_PROTOCOL": "SSL"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error: no hooks are configured" in done.stderr
    assert "Traceback" not in done.stderr
