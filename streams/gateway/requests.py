"""Pure functions on requests: the endpoint, the client's address, and the raw record."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network

from msgspec import Struct

from streams.config.gateway import DEFAULT_APPLICATION, Gateway
from streams.contracts import headers
from streams.contracts.avro import iso_millis
from streams.contracts.topics import raw_topic
from streams.kafka.producer import Outgoing
from streams.vendors import WEBHOOKS
from streams.vendors.base.addresses import IpAddress, ip_address
from streams.vendors.base.webhook import Accepted, Hook, Options, Refused, Webhook

LONGEST_SUBJECT = 256
LONGEST_ENVIRONMENT = 32
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Network = IPv4Network | IPv6Network


class Endpoint(Struct, frozen=True):
    """One application's URL."""

    vendor: str
    application: str
    webhook: Webhook
    secrets: tuple[bytes, ...]
    """Empty: every hook is accepted, which only the dev profile allows."""
    options: Options
    environment: str | None
    allow: tuple[Network, ...]

    def verify(self, hook: Hook, now_ms: int) -> Accepted | Refused:
        if not self.secrets:
            return Accepted("none")
        return self.webhook.verify(hook, self.secrets, self.options, now_ms)

    def record(self, hook: Hook, query: Mapping[str, str], received_ms: int) -> Outgoing | None:
        """The raw record of a hook; None if the URL's subject or environment is too long."""
        subject = query.get("subject", "")
        environment = self.environment or query.get("environment", "")
        if len(subject) > LONGEST_SUBJECT or len(environment) > LONGEST_ENVIRONMENT:
            return None
        given = (
            (headers.RECEIVED_AT, iso_millis(received_ms)),
            (headers.ENVIRONMENT, environment),
            (headers.SUBJECT, subject),
            (headers.TRACEPARENT, traceparent(hook.headers.get(headers.TRACEPARENT))),
        )
        key = self.webhook.session_id(hook.body)
        return Outgoing(
            raw_topic(self.vendor),
            key.encode() if key else None,
            hook.body,
            [(name, value.encode("utf-8", "replace")) for name, value in given if value],
        )


Endpoints = dict[tuple[str, str], Endpoint]


def endpoints(settings: Gateway, *, dev: bool) -> Endpoints:
    """Vendor and application → endpoint. Raises SettingsError for an unusable file of secrets.

    In the dev profile every vendor has one, if need be without secrets.
    """
    found = {
        (vendor, name): Endpoint(
            vendor,
            name,
            WEBHOOKS[vendor],
            application.keys(),
            Options(
                application.signature_header,
                application.secret_header,
                application.simple_signature,
            ),
            application.environment,
            tuple(application.allow),
        )
        for vendor, applications in settings.hooks.items()
        for name, application in applications.items()
    }
    if dev:
        for vendor in WEBHOOKS.keys() - settings.hooks.keys():
            found[vendor, DEFAULT_APPLICATION] = Endpoint(
                vendor, DEFAULT_APPLICATION, WEBHOOKS[vendor], (), Options(), None, ()
            )
    return found


def route(path: str, known: Endpoints) -> tuple[Endpoint, str] | None:
    """`/hooks/<vendor>[/<application>[/<secret>]]`: the endpoint and the secret in the path."""
    empty, *segments = path.split("/")
    if empty or not 2 <= len(segments) <= 4 or segments[0] != "hooks":
        return None
    vendor, application, secret = (*segments[1:], *(DEFAULT_APPLICATION, "")[len(segments) - 2 :])
    endpoint = known.get((vendor, application))
    if endpoint is None or (secret and not endpoint.webhook.SECRET_IN_PATH):
        return None
    return endpoint, secret


def client(
    peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]
) -> IpAddress | None:
    """Address of the client: the peer, or if that is a trusted proxy, the last address in
    `X-Forwarded-For` that is not one. None if it is unknown.
    """
    chain = [part for header in forwarded for part in header.split(",")]
    address = ip_address(peer or "")
    while address is not None and chain and within(address, trusted):
        address = ip_address(chain.pop())
    return address


def within(address: IpAddress, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def traceparent(given: str | None) -> str:
    """The caller's valid `traceparent` (W3C Trace Context), else a new one."""
    if given is not None and _TRACEPARENT.fullmatch(given):
        return given
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
