"""Settings of access: refusals with their messages; secrets are never shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner

from streams.cli.main import app
from streams.config.settings import Settings, SettingsError, load
from streams.contracts.topics import load as load_topics
from streams.kafka.acls import principals, rules
from streams.kafka.security import CommandTokens, FileTokens

SECRET = "correct-horse-battery"
SCRAM = {"security_protocol": "SASL_SSL", "sasl_username": "idv", "sasl_password": SECRET}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"security_protocol": "SASL_SSL"}, "needs sasl_username and sasl_password"),
        (SCRAM | {"sasl_mechanism": "OAUTHBEARER"}, "needs one of oauth_token"),
        (
            SCRAM
            | {"sasl_mechanism": "OAUTHBEARER", "oauth_token": SECRET, "oauth_token_command": "x"},
            "needs one of oauth_token",
        ),
        ({"sasl_password": SECRET}, "security_protocol is not SASL_SSL"),
        ({"oauth_token": SECRET}, "security_protocol is not SASL_SSL"),
        ({"ssl_ca_file": "ca.pem"}, "security_protocol is not SSL"),
        ({"security_protocol": "SSL", "ssl_key_file": "k.pem"}, "needs ssl_certificate_file"),
        ({"security_protocol": "TLS"}, "security_protocol"),
    ],
)
def test_half_of_an_access_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        load(**given)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_production_speaks_to_kafka_encrypted_only(protocol: str) -> None:
    given = SCRAM | {"security_protocol": protocol} if protocol != "PLAINTEXT" else {}
    keys = "v1:0123456789abcdef"
    with pytest.raises(SettingsError, match=f"refuses security_protocol {protocol}"):
        load(profile="production", hmac_keys=keys, **given).kafka()
    assert load(profile="dev", **given).kafka()["security_protocol"] == protocol
    encrypted = load(profile="production", hmac_keys=keys, **SCRAM).kafka()
    assert encrypted["ssl_context"].check_hostname


def test_config_check_says_what_a_worker_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDV_PROFILE", "production")
    monkeypatch.setenv("IDV_HMAC_KEYS", "v1:0123456789abcdef")
    checked = CliRunner().invoke(app, ["config", "check"])
    assert checked.exit_code == 1
    assert "refuses security_protocol PLAINTEXT" in " ".join(checked.output.split())


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        load(**SCRAM, ssl_ca_file=file).kafka()
    with pytest.raises(SettingsError, match="No such file"):
        load(**SCRAM, ssl_ca_file=tmp_path / "none.pem").kafka()


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("IDV_SASL_PASSWORD_FILE", str(file))
    monkeypatch.setenv("IDV_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("IDV_SASL_USERNAME", "idv")
    assert load().kafka()["sasl_plain_password"] == SECRET
    shown = CliRunner().invoke(app, ["config", "show"])
    as_json = CliRunner().invoke(app, ["config", "show", "--json"])
    checked = CliRunner().invoke(app, ["config", "check"])
    assert (shown.exit_code, as_json.exit_code, checked.exit_code) == (0, 0, 0)
    assert SECRET not in shown.output + as_json.output + checked.output + repr(load())
    assert "warning" not in checked.output
    monkeypatch.setenv("IDV_SASL_PASSWORD", SECRET)
    with pytest.raises(SettingsError, match="keep one"):
        load()
    monkeypatch.delenv("IDV_SASL_PASSWORD")
    file.unlink()
    with pytest.raises(SettingsError, match="IDV_SASL_PASSWORD_FILE"):
        load()


def test_tokens_are_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "token"
    tokens, printed = FileTokens(file), CommandTokens(f"cat {file}")
    for content in ("first\n", "second\n"):
        file.write_text(content)
        assert asyncio.run(tokens.token()) == content.strip()
        assert asyncio.run(printed.token()) == content.strip()
    file.unlink()
    for provider in (tokens, printed, CommandTokens("/no/such/command")):
        with pytest.raises(KafkaConnectionError, match="oauth_token_"):
            asyncio.run(provider.token())


def test_access_rules_follow_the_roles_of_the_topics() -> None:
    plan = load_topics()
    found = rules(plan, principals(plan, {"worker": "User:CN=idv"}))
    assert len(set(found)) == len(found)
    allowed = {(r.principal, r.operation, r.name) for r in found if r.resource == "topic"}
    assert ("User:CN=idv", "READ", "idv.raw.alice") in allowed
    for topic in plan.topics:
        for operation, roles in (("READ", topic.readers), ("WRITE", topic.writers)):
            named = {"User:CN=idv" if role == "worker" else f"User:idv-{role}" for role in roles}
            assert {p for p, o, n in allowed if (o, n) == (operation, topic.name)} == named
    commands = [rule.command("kafka.example:9093") for rule in found]
    assert (
        "kafka-acls.sh --bootstrap-server kafka.example:9093 --add --allow-principal "
        "'User:idv-subscriber' --operation Read --group 'idv-subscriber-' "
        "--resource-pattern-type prefixed"
    ) in commands
    assert any("--operation DescribeConfigs --topic 'idv.rejected'" in c for c in commands)


def test_every_secret_is_kept_as_one() -> None:
    """A setting with the name of a secret must not be plain text."""
    for name, field in Settings.model_fields.items():
        if name.rpartition("_")[2] in {"password", "token", "keys", "secret"}:
            assert "SecretStr" in str(field.annotation), name
