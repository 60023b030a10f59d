"""The command line without a Kafka: first commands and typical mistakes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.cli.main import COMMANDS, app
from streams.kafka.broker import Broker, BrokerError
from streams.kafka.broker.server import free_port
from tests.support.paths import SAMPLES

SAMPLE = SAMPLES / "didit" / "age_estimation_declined.raw.json"
IDV = (sys.executable, "-m", "streams.cli")
Ended = subprocess.CompletedProcess[bytes]
SECRET = "a-secret-that-nobody-may-see"
ODD = {
    "empty": (b"", "empty"),
    "blank": (b"\n\n  \n", "invalid_json"),
    "binary": (b"\x80\x81\xff", "invalid_encoding"),
    "deep": (b"[" * 200_000, "too_deep"),
    "deep object": (b'{"a":' * 100 + b"1" + b"}" * 100, "too_deep"),
    "nan": (b'{"a": NaN}', "invalid_json"),
    "twice": (b'{"a": 1, "a": 2}', "duplicate_key"),
    "string": (b'"x"', "not_an_object"),
    "list": (b"[]", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "bom": (b"\xef\xbb\xbf{}", "unknown_shape"),
    "crlf": (b"{\r\n}\r\n", "unknown_shape"),
    "two": (b"{}{}", "invalid_json"),
    "huge": (b'{"a": "' + b"x" * 4_200_000 + b'"}', "too_large"),
}


def idv(*arguments: str | Path, stdin: bytes = b"", **settings: str) -> Ended:
    """`idv` in this process. Settings of the developer's own shell do not reach it."""
    unset = {name: None for name in os.environ if name.startswith("IDV_")}
    words = [str(argument) for argument in arguments]
    run = CliRunner().invoke(app, words, input=stdin, env={**unset, **settings}, prog_name="idv")
    if run.exception is not None and not isinstance(run.exception, SystemExit):
        raise run.exception
    return Ended(words, run.exit_code, run.stdout_bytes, run.stderr_bytes)


def idv_process(*arguments: str, folder: Path, **settings: str) -> Ended:
    """`idv` as a process of its own, for what changes the process it runs in."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("IDV_")}
    return subprocess.run(
        [*IDV, *arguments], capture_output=True, timeout=60, cwd=folder, env={**clean, **settings}
    )


def told(run: Ended, code: int = 1) -> str:
    """Run a command that must fail with `code`; returns its single error, on stderr only."""
    said = run.stderr.decode()
    assert run.returncode == code, said
    assert "Traceback" not in said
    assert run.stdout == b""
    return " ".join(said.replace("│", " ").split())


def codes(output: bytes) -> list[str]:
    found = []
    for line in output.splitlines():
        ((kind, value),) = json.loads(line).items()
        found.append(value["code"] if kind in ("rejected", "dropped") else kind)
    return found


def test_help_names_every_command() -> None:
    run = idv("--help")
    assert run.returncode == 0
    assert [name for name in COMMANDS if f" {name} " not in run.stdout.decode()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    run = idv(command, "-h")
    assert run.returncode == 0, run.stderr
    assert b"Usage: idv" in run.stdout


def test_without_arguments_it_shows_help() -> None:
    run = idv()
    assert run.returncode == 2
    assert b"normalize" in run.stdout + run.stderr


def test_version() -> None:
    assert idv("--version").stdout.startswith(b"idv-streams ")


# -- Offline -------------------------------------------------------------------------------------


def test_normalize_answers_each_file_with_one_line(tmp_path: Path) -> None:
    files = []
    for name, (content, _) in ODD.items():
        files.append(tmp_path / name)
        files[-1].write_bytes(content)
    run = idv("normalize", "didit", *files, SAMPLE)
    assert run.returncode == 0, run.stderr
    assert run.stderr == b""
    assert codes(run.stdout) == [*(code for _, code in ODD.values()), "verification"]


def test_normalize_reads_lines_from_stdin_without_their_ends() -> None:
    line = json.dumps(json.loads(SAMPLE.read_bytes())).encode()
    run = idv("normalize", "didit", "--lines", "-", stdin=line + b"\r\n\r\n\n" + line)
    first, second = map(json.loads, run.stdout.splitlines())
    assert first["verification"]["event_id"] == second["verification"]["event_id"]
    assert first["verification"]["raw"]["sha256"] == second["verification"]["raw"]["sha256"]


def enriched(*lines: str | bytes) -> list[str]:
    run = idv("enrich", stdin=b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines))
    assert run.returncode == 0, run.stderr
    assert run.stderr == b""
    return codes(run.stdout)


def wrapped(payload: Any, vendor: str = "didit") -> str:
    return json.dumps({"vendor": vendor, "payload": payload})


def test_enrich_runs_a_payload_given_as_object_or_as_text() -> None:
    text = SAMPLE.read_text()
    assert enriched(wrapped(json.loads(text)), wrapped(text)) == ["verification", "duplicate"]


def test_enrich_answers_every_odd_line() -> None:
    lines = {
        b"\xef\xbb\xbf" + wrapped({}).encode(): "unknown_shape",
        wrapped({}) + "\r": "unknown_shape",
        wrapped([]): "not_an_object",
        wrapped(None): "not_an_object",
        wrapped(5): "not_an_object",
        wrapped(""): "empty",
        wrapped("{"): "invalid_json",
        '{"vendor": "didit"}': "unknown_shape",
        '{"payload": {}}': "unknown_shape",
        wrapped({}, "nobody"): "unknown_shape",
        "null": "unknown_shape",
        "[]": "unknown_shape",
        '{"vendor": "didit", "payload": {"a": 1, "a": 2}}': "duplicate_key",
        '{"vendor": "didit", "payload": {"a": NaN}}': "invalid_json",
        '{"vendor": 5, "payload": {}}': "unknown_shape",
        '{"vendor": "didit", "payload": {}, "subject": 7}': "unknown_shape",
        '{"vendor": "didit", "payload": ' + "[" * 300_000 + "}": "too_deep",
        b"\xff\xfe": "invalid_json",
        "{": "invalid_json",
    }
    assert enriched(*lines) == list(lines.values())


def test_enrich_names_the_file_and_line_of_a_bad_one(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text("\n\n" + wrapped({}) + "\n\nnull\n")
    run = idv("enrich", "--lines", file)
    assert f"{file} line 5" in json.loads(run.stdout.splitlines()[-1])["rejected"]["message"]


def test_no_value_of_a_payload_is_in_a_message() -> None:
    run = idv("enrich", stdin=b'{"vendor": "Marta Lindqvist", "payload": "Marta Lindqvist"}')
    assert b"Marta" not in run.stdout + run.stderr


# -- Wrong usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["normalize", "nobody"], 2, "vendors are: aiprise, alice, didit, idwise"),
        (["publish", "nobody"], 2, "no vendor is called 'nobody'"),
        (["normalize", "didit", "/no/such.json"], 1, "cannot read /no/such.json: No such file"),
        (["enrich", "/"], 1, "cannot read /: Is a directory"),
        (["tail", "nothing"], 2, "'alerts'"),
        (["bogus"], 2, "No such command"),
        (["publish", "didit", "--environment", "moon"], 2, "'sandbox'"),
    ],
)
def test_wrong_usage(arguments: list[str], code: int, words: str) -> None:
    assert words in told(idv(*arguments), code)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'profile = "dev', "is not TOML"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b'bootsrap_servers = "x"', "bootsrap_servers: there is no such setting"),
        (b"[rules.no_rule]\nenabled = false", "no rule is called no_rule"),
        (b"[rules.ip_distance]\nenabld = false", "[rules.ip_distance] has no enabld"),
        (b'profile = "production"', "hmac_keys is required"),
        (b'bootstrap_servers = ""', "host:port"),
        (b'bootstrap_servers = "kafka"', "host:port"),
        (b'geoip_database = "/no/such.mmdb"', "cannot read /no/such.mmdb"),
        (b'[environments]\nnobody = "LIVE"', "no vendor is called nobody"),
        (b"metrics_port = 99999", "metrics_port"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "idv.toml"
    file.write_bytes(content)
    said = told(idv("config", "check", IDV_CONFIG=str(file)))
    assert words.replace("[", "").replace("]", "") in said.replace("[", "").replace("]", "")


@pytest.mark.parametrize(
    "keys", [SECRET, f"v1:{SECRET[:12]}", f"v 1:{SECRET}", f"v1:{SECRET},v1:{SECRET}"]
)
@pytest.mark.parametrize(
    "command", [["config", "show"], ["worker"], ["enrich"], ["tail", "alerts"]]
)
def test_no_secret_is_printed_where_it_is_wrong(keys: str, command: list[str]) -> None:
    said = told(idv(*command, IDV_HMAC_KEYS=keys))
    assert "hmac_keys" in said
    assert SECRET[:12] not in said


def test_no_secret_is_printed_where_it_is_right() -> None:
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        run = idv(*arguments, IDV_HMAC_KEYS=f"v1:{SECRET}")
        assert run.returncode == 0
        assert b"hmac_keys" in run.stdout
        assert SECRET.encode() not in run.stdout + run.stderr


def test_a_variable_that_should_hold_json_is_named() -> None:
    assert '"links"' in told(idv("config", "check", IDV_LINKS="{bad"))


def test_a_mistyped_variable_gets_a_warning() -> None:
    run = idv("config", "check", IDV_PROFIL="production")
    assert run.returncode == 0
    assert b"IDV_PROFIL is set" in run.stderr


# -- No Kafka ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["worker"],
        ["tail", "alerts", "--json"],
        ["publish", "didit", str(SAMPLE)],
        ["topics", "apply"],
        ["topics", "diff", "--json"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_without_kafka_commands_say_what_to_do(tmp_path: Path, command: list[str]) -> None:
    server = f"127.0.0.1:{free_port()}"
    said = told(idv_process(*command, folder=tmp_path, IDV_BOOTSTRAP_SERVERS=server))
    assert f"no Kafka answers at {server}" in said
    assert "idv broker" in said


def test_a_payload_that_kafka_would_refuse_is_refused_before_any_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    file.write_bytes(b"x" * 7_000_000)
    said = told(idv("publish", "didit", SAMPLE, file))
    assert f"{file} has 7000000 bytes" in said


def test_topics_list_is_one_object_a_line() -> None:
    lines = idv("topics", "list", "--json").stdout.splitlines()
    assert {"idv.raw.alice", "idv.verifications"} <= {json.loads(line)["name"] for line in lines}
    table = idv("topics", "list").stdout.decode().splitlines()
    assert len(table) == len(lines) + 1, "a pipe gets one line a topic"


def test_a_second_broker_leaves_a_used_port_and_data_alone(tmp_path: Path) -> None:
    port = free_port()
    first = Broker(tmp_path, port)
    first._lock_data()
    try:
        with pytest.raises(BrokerError, match="another broker uses"):
            Broker(tmp_path, 0)._lock_data()
    finally:
        first.stop()
    Broker(tmp_path, 0)._lock_data()


# -- How it ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["normalize didit --lines many", "topics list", "topics list --json", "config show"]
)
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, command: str) -> None:
    line = json.dumps(json.loads(SAMPLE.read_bytes()))
    (tmp_path / "many").write_text(f"{line}\n" * 300)
    script = f"{' '.join(IDV)} {command} | true; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(
        ["bash", "-c", script], capture_output=True, timeout=60, cwd=tmp_path, check=True
    )
    assert run.stdout.strip() == b"0"
    assert run.stderr == b""


def test_ctrl_c_ends_without_a_word() -> None:
    process = subprocess.Popen(
        [*IDV, "normalize", "didit", "--lines"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    time.sleep(3)  # It reads from a pipe that never ends; there is nothing to wait for.
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")
