"""Authentication of hooks: published vectors, an independent implementation, and all failures."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from didit.webhooks import canonical_json, compute_signature, verify_webhook_signature
from hypothesis import given
from hypothesis import strategies as st

from streams.vendors import WEBHOOKS
from streams.vendors.base.webhook import REASONS, SCHEMES, Accepted, Hook, Options, Refused
from streams.vendors.didit.webhook import LARGEST_CANONICAL, canonical

NOW_S = 1_779_013_333
SECRET = b"a-secret-of-sixteen"
OLD = b"the-one-before-it-was"


def check(
    vendor: str,
    body: bytes,
    headers: dict[str, str],
    path_secret: str = "",
    options: Options | None = None,
    now_s: float = NOW_S,
    secrets: tuple[bytes, ...] = (SECRET, OLD),
) -> str:
    hook = Hook(body, headers, path_secret)
    found = WEBHOOKS[vendor].verify(hook, secrets, options or Options(), int(now_s * 1000))
    if isinstance(found, Accepted):
        assert found.scheme in SCHEMES
        return found.scheme
    assert found.reason in REASONS
    return found.reason


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


# -- AiPrise -----------------------------------------------------------------------------------

# AiPrise docs, "Callbacks authentication".
AIPRISE_BODY = (
    b'{"verification_session_id": "123408f2-2bbb-415f-aafc-92212341234", "template_id": '
    b'"123456-3434-2342-3453-b4218a4fb333", "client_reference_id": null, "aiprise_summary": '
    b'{"tags": [], "reasons": [], "notes": [], "verification_result": "APPROVED"}, '
    b'"created_at": 1668974142818}'
)
AIPRISE_KEY = b"abcdef12-pqrs-abcd-pqrs-abcde0123456"
AIPRISE_SIGNATURE = "f8bf141ba610974d65f5dd603f7388474c366d1b95a13799748f92261610ba86"


def test_the_vector_that_aiprise_publishes() -> None:
    headers = {"x-hmac-signature": AIPRISE_SIGNATURE}
    assert check("aiprise", AIPRISE_BODY, headers, secrets=(AIPRISE_KEY,)) == "raw"
    assert check("aiprise", AIPRISE_BODY, headers, secrets=(SECRET, AIPRISE_KEY)) == "raw"
    assert check("aiprise", AIPRISE_BODY, headers) == "bad_signature"
    altered = AIPRISE_BODY.replace(b"APPROVED", b"DECLINED")
    assert check("aiprise", altered, headers, secrets=(AIPRISE_KEY,)) == "bad_signature"
    assert check("aiprise", AIPRISE_BODY, {}, secrets=(AIPRISE_KEY,)) == "missing_signature"


# -- Didit -------------------------------------------------------------------------------------


def didit(**fields: Any) -> dict[str, Any]:
    return {
        "timestamp": NOW_S, "session_id": "s-1", "status": "Approved",
        "webhook_type": "status.updated", "score": 98.0, "name": "Åsa 李", **fields,
    }  # fmt: skip


def didit_headers(**signatures: str) -> dict[str, str]:
    named = {f"x-{name.replace('_', '-')}": value for name, value in signatures.items()}
    return {"x-timestamp": str(NOW_S), **named}


BODY = json.dumps(didit()).encode()
SIMPLE = sign(f"{NOW_S}:s-1:Approved:status.updated".encode())


def test_didit_signs_the_body_as_sent() -> None:
    assert check("didit", BODY, didit_headers(signature=sign(BODY))) == "raw"
    assert check("didit", BODY, didit_headers(signature=sign(BODY, OLD))) == "raw"
    assert check("didit", BODY + b" ", didit_headers(signature=sign(BODY))) == "bad_signature"


def test_what_the_sdk_signs_is_accepted() -> None:
    raw = compute_signature(SECRET.decode(), BODY, version="v1")
    v2 = compute_signature(SECRET.decode(), didit(), version="v2")
    assert check("didit", BODY, didit_headers(signature=raw)) == "raw"
    assert check("didit", BODY, didit_headers(signature_v2=v2)) == "canonical"
    rewritten = json.dumps(didit(), indent=2, sort_keys=True, ensure_ascii=False).encode()
    assert check("didit", rewritten, didit_headers(signature=raw, signature_v2=v2)) == "canonical"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), max_size=8), _JSON))
def test_canonical_json_is_what_the_sdk_writes(body: dict[str, Any]) -> None:
    text = json.dumps(body)
    try:
        expected = canonical_json(json.loads(text)).encode()
    except UnicodeEncodeError:
        return
    assert canonical(text.encode()) == expected


@pytest.mark.parametrize("altered", [{"status": "Declined"}, {"name": "Asa"}, {"extra": 1}])
def test_the_sdk_refuses_what_we_refuse(altered: dict[str, Any]) -> None:
    now = int(time.time())
    sent = didit(timestamp=now)
    body = json.dumps({**sent, **altered}).encode()
    headers = {
        "x-timestamp": str(now), "x-signature-v2": compute_signature(SECRET.decode(), sent),
    }  # fmt: skip
    assert not verify_webhook_signature(body, headers, SECRET.decode())
    assert check("didit", body, headers, now_s=now) == "bad_signature"


def test_the_simple_signature_is_off_unless_it_is_switched_on() -> None:
    headers = didit_headers(signature_simple=SIMPLE)
    on = Options(simple_signature=True)
    assert check("didit", BODY, headers) == "missing_signature"
    assert check("didit", BODY, headers, options=on) == "simple"
    other = json.dumps(didit(status="Declined")).encode()
    assert check("didit", other, headers, options=on) == "bad_signature"
    both = didit_headers(signature_simple=SIMPLE, signature="0" * 64)
    assert check("didit", BODY, both) == "bad_signature"


@pytest.mark.parametrize(
    ("now_s", "outcome"),
    [
        (NOW_S + 300, "raw"), (NOW_S - 300, "raw"), (NOW_S + 300.001, "stale_timestamp"),
        (NOW_S - 301, "stale_timestamp"), (0, "stale_timestamp"),
    ],
)  # fmt: skip
def test_a_hook_is_fresh_for_five_minutes(now_s: float, outcome: str) -> None:
    assert check("didit", BODY, didit_headers(signature=sign(BODY)), now_s=now_s) == outcome


@pytest.mark.parametrize("header", ["", "now", "-1", "1779013333.0", "1e9", "٣", "9" * 13])
def test_a_time_that_is_none(header: str) -> None:
    headers = {"x-timestamp": header, "x-signature": sign(BODY)}
    assert check("didit", BODY, headers) == "missing_timestamp"


def test_header_and_body_have_one_time() -> None:
    """The header is not signed: an old hook with a new header is an old hook."""
    for timestamp in (NOW_S - 1, str(NOW_S - 1), "2026-05-17T10:22:12Z", "soon"):
        body = json.dumps(didit(timestamp=timestamp)).encode()
        headers = didit_headers(signature=sign(body))
        assert check("didit", body, headers) == "timestamp_mismatch"
    for timestamp in (NOW_S, "2026-05-17T10:22:13Z", None):
        body = json.dumps(didit(timestamp=timestamp)).encode()
        assert check("didit", body, didit_headers(signature=sign(body))) == "raw"


def test_a_signed_body_that_is_no_json_is_accepted() -> None:
    """Normalize rejects it, with its bytes kept."""
    for body in (b"", b"\xff\x00", b"{", b"[" * 100_000):
        assert check("didit", body, didit_headers(signature=sign(body))) == "raw"


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":NaN}', b'{"a":1e999}', b'{"a":1,"a":1}', b'"\xff"', b"[" * 100_000]
)
def test_what_is_no_strict_json_has_no_canonical_form(body: bytes) -> None:
    assert canonical(body) is None
    assert check("didit", body, didit_headers(signature_v2=sign(body))) == "bad_signature"


def test_only_the_body_as_sent_proves_a_large_one() -> None:
    """A sender without the secret cannot trigger the rewriting of megabytes of JSON."""
    large = didit(filler="x" * LARGEST_CANONICAL)
    body = json.dumps(large).encode()
    v2 = compute_signature(SECRET.decode(), large)
    assert check("didit", body, didit_headers(signature_v2=v2)) == "bad_signature"
    assert check("didit", body, didit_headers(signature=sign(body), signature_v2=v2)) == "raw"


@pytest.mark.parametrize("signature", ["x", "é" * 32, "\udcff", "0" * 64, "0" * 10_000])
@pytest.mark.parametrize("name", ["signature", "signature_v2", "signature_simple"])
def test_odd_signatures_are_only_wrong(signature: str, name: str) -> None:
    headers = didit_headers(**{name: signature})
    on = Options(simple_signature=True)
    assert check("didit", BODY, headers, options=on) == "bad_signature"


def test_upper_case_is_not_what_is_published() -> None:
    headers = didit_headers(signature=sign(BODY).upper())
    assert check("didit", BODY, headers) == "bad_signature"


# -- where nothing is published ----------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["idwise", "alice"])
def test_a_secret_of_the_companys_own(vendor: str) -> None:
    assert WEBHOOKS[vendor].SECRET_IN_PATH
    assert check(vendor, b"{}", {}, path_secret=SECRET.decode()) == "secret"
    assert check(vendor, b"{}", {"x-webhook-secret": OLD.decode()}) == "secret"
    assert check(vendor, b"{}", {"x-webhook-secret": "other"}) == "bad_secret"
    assert check(vendor, b"{}", {"x-webhook-secret": "\udcff"}) == "bad_secret"
    assert check(vendor, b"{}", {}) == "missing_secret"
    named = Options(secret_header="x-ours")
    assert check(vendor, b"{}", {"x-ours": SECRET.decode()}, options=named) == "secret"
    assert check(vendor, b"{}", {"x-webhook-secret": SECRET.decode()}, options=named) == (
        "missing_secret"
    )
    # A secret in the path decides: one in a header beside it helps no wrong one.
    headers = {"x-webhook-secret": SECRET.decode()}
    assert check(vendor, b"{}", headers, path_secret="other") == "bad_secret"


@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_alice_signs_where_the_header_is_named(prefix: str) -> None:
    named = Options(signature_header="x-alice-signature")
    headers = {"x-alice-signature": prefix + sign(b"{}")}
    assert check("alice", b"{}", headers, options=named) == "raw"
    assert check("alice", b"{ }", headers, options=named) == "bad_signature"
    # The shared secret no longer helps.
    assert check("alice", b"{}", {}, path_secret=SECRET.decode(), options=named) == (
        "missing_signature"
    )


@pytest.mark.parametrize("vendor", WEBHOOKS)
def test_without_secrets_nothing_is_accepted(vendor: str) -> None:
    hook = Hook(BODY, didit_headers(signature=sign(BODY, b""), hmac_signature=sign(BODY, b"")), "x")
    assert isinstance(WEBHOOKS[vendor].verify(hook, (), Options(), NOW_S * 1000), Refused)


_TEXT = st.text(max_size=40) | st.just(str(NOW_S)) | st.just("\udc80")
_NAMES = st.sampled_from(
    ["x-signature", "x-signature-v2", "x-signature-simple", "x-timestamp", "x-hmac-signature",
     "x-webhook-secret", "x-alice"]
)  # fmt: skip
_BODIES = st.binary(max_size=80) | _JSON.map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("vendor", WEBHOOKS)
@given(_BODIES, st.dictionaries(_NAMES, _TEXT), _TEXT)
def test_nothing_that_is_sent_raises_or_is_accepted(
    vendor: str, body: bytes, headers: dict[str, str], path_secret: str
) -> None:
    for options in (Options(), Options("x-alice", simple_signature=True)):
        outcome = check(vendor, body, headers, path_secret, options)
        assert outcome in REASONS
    WEBHOOKS[vendor].session_id(body)
