"""A real Kafka that requires authentication: TLS, SCRAM, OAUTHBEARER and an authorizer.

Its plaintext listener is the broker's own; its clients are super users.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path

import trustme
from aiokafka.admin import AIOKafkaAdminClient
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from streams.contracts.topics import load
from streams.kafka.acls import apply_rules, principals, rules
from streams.kafka.broker import Broker
from streams.kafka.broker.server import free_port
from tests.support.cluster import Cluster

KAFKA = "org.apache.kafka.common.security"
SCRAM_LOGIN = f"{KAFKA}.scram.ScramLoginModule required;"
# Tokens without a signature: what is tested is that they reach the broker, not who signs them.
OAUTH_LOGIN = (
    f"{KAFKA}.oauthbearer.OAuthBearerLoginModule required "
    'unsecuredLoginStringClaim_sub="broker";'
)  # fmt: skip


class Secured(Cluster):
    """A cluster whose roles have SCRAM users `idv-<role>` with passwords, and certificates."""

    def __init__(self, folder: Path, partitions: int = 1) -> None:
        super().__init__(folder, partitions)
        folder.mkdir(parents=True, exist_ok=True)
        self.roles = load().roles
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca_file)
        server = folder / "server.pem"
        _store(self.authority.issue_cert("127.0.0.1"), server)
        self.ports = {"SASL_SSL": free_port(), "SSL": free_port()}
        self.broker = Broker(
            folder / "kafka",
            port=0,
            extra={
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
                "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": SCRAM_LOGIN,
                "listener.name.sasl_ssl.oauthbearer.sasl.jaas.config": OAUTH_LOGIN,
                "listener.name.ssl.ssl.client.auth": "required",
                "ssl.principal.mapping.rules": "RULE:^CN=([^,]*).*$/$1/,DEFAULT",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(server),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.ca_file),
            },
            listeners=self.ports,
            scram={f"idv-{role}": self.password(role) for role in self.roles},
        )

    def __enter__(self) -> Secured:
        super().__enter__()
        asyncio.run(_allow(self.bootstrap))
        return self

    @staticmethod
    def password(role: str) -> str:
        return f"correct-horse-{role}"

    def server(self, protocol: str) -> str:
        return f"127.0.0.1:{self.ports[protocol]}"

    def scram(self, role: str, password: str | None = None) -> dict[str, str]:
        """Settings of a role that has a password, kept in a file."""
        secret = self.folder / f"{role}.password"
        secret.write_text((password or self.password(role)) + "\n")
        return {
            "IDV_BOOTSTRAP_SERVERS": self.server("SASL_SSL"),
            "IDV_SECURITY_PROTOCOL": "SASL_SSL",
            "IDV_SSL_CA_FILE": str(self.ca_file),
            "IDV_SASL_USERNAME": f"idv-{role}",
            "IDV_SASL_PASSWORD_FILE": str(secret),
        }

    def oauth(self, source: Mapping[str, str]) -> dict[str, str]:
        """Settings of a client with a token; `source` selects its origin."""
        return {
            "IDV_BOOTSTRAP_SERVERS": self.server("SASL_SSL"),
            "IDV_SECURITY_PROTOCOL": "SASL_SSL",
            "IDV_SSL_CA_FILE": str(self.ca_file),
            "IDV_SASL_MECHANISM": "OAUTHBEARER",
            **source,
        }

    def mutual_tls(self, role: str, authority: trustme.CA | None = None) -> dict[str, str]:
        """Settings of a role that shows a certificate."""
        file = self.folder / f"{role}.pem"
        issuer = authority or self.authority
        _store(issuer.issue_cert(f"{role}.example", common_name=f"idv-{role}"), file)
        return {
            "IDV_BOOTSTRAP_SERVERS": self.server("SSL"),
            "IDV_SECURITY_PROTOCOL": "SSL",
            "IDV_SSL_CA_FILE": str(self.ca_file),
            "IDV_SSL_CERTIFICATE_FILE": str(file),
            "IDV_SSL_KEY_FILE": str(file),
        }


def token(subject: str) -> str:
    """An unsigned JSON Web Token, good for an hour."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": subject, "iat": now, "exp": now + 3600})
    encoded = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
    return ".".join([part.rstrip("=") for part in encoded]) + "."


def _store(certificate: trustme.LeafCert, file: Path) -> None:
    """Key and chain in one file; Kafka reads keys as PKCS #8 only."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    file.write_bytes(pem + chain)


async def _allow(bootstrap: str) -> None:
    plan = load()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_rules(admin, rules(plan, principals(plan, {})))
    finally:
        await admin.close()
