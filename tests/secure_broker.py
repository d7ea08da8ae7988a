"""A real broker that lets nobody in without TLS and a password, a token or a certificate, and that has ACLs on.

Its authority is self-made. `ADMIN` may do everything; anybody else only what an ACL says.
"""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from kafka import KafkaAdminClient

from stream.kafka.security import Security
from tests.kafka_broker import PROPERTIES, Broker, free_ports

__all__ = ["ADMIN", "SecureBroker", "password_of"]

ADMIN = "admin"
USERS = ("collect", "tag", "story", "match", "deliver", "train", "index", "web", "commands", "nobody")

MODULES = "org.apache.kafka.common.security"
SECURE = """
listeners=SASL_SSL://127.0.0.1:{port},SSL://127.0.0.1:{mutual},INTERNAL://127.0.0.1:{internal},\\
CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port},SSL://127.0.0.1:{mutual},INTERNAL://127.0.0.1:{internal}
listener.security.protocol.map=SASL_SSL:SASL_SSL,SSL:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INTERNAL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/authority.pem
listener.name.ssl.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^.*CN=([^,]+).*$/$1/,DEFAULT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl_ssl.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required {users};
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config={modules}.oauthbearer.OAuthBearerLoginModule required \\
  unsecuredLoginStringClaim_sub="broker";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""


def password_of(user: str) -> str:
    """The password of one of the broker's users."""
    return f"{user}-secret"


class SecureBroker(Broker):
    """SASL over TLS at `port`, and mutual TLS at `mutual`; the listener between brokers is its own."""

    def _properties(self) -> str:
        self._authority = trustme.CA()
        self.ca_file = self.folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self._pem(self._authority.issue_cert("127.0.0.1", "localhost"), self.folder / "broker.pem")
        self.port, self.mutual, internal, controller = free_ports(4)
        users = " ".join(f'user_{name}="{password_of(name)}"' for name in (ADMIN, *USERS))
        kept = [line for line in PROPERTIES.splitlines() if not line.split("=")[0].count("listener")]
        kept += ["controller.listener.names=CONTROLLER"]
        folder = self.folder
        ports = {"mutual": self.mutual, "internal": internal, "modules": MODULES}
        secure = SECURE.format(port=self.port, controller=controller, folder=folder, users=users, **ports)
        return "\n".join(kept).format(controller=controller, folder=folder / "data") + secure

    def security(self, user: str = ADMIN) -> Security:
        """What a client of this user needs."""
        return Security(
            protocol="sasl_ssl", ca_file=self.ca_file, mechanism="PLAIN", username=user, password=password_of(user)
        )

    def mutually(self, name: str) -> Security:
        """What a client with a certificate of its own needs."""
        file = self.folder / f"{name}.pem"
        self._pem(self._authority.issue_cert(f"{name}.example", common_name=name), file)
        return Security(protocol="ssl", ca_file=self.ca_file, cert_file=file, key_file=file)

    def admin(self) -> KafkaAdminClient:
        """A client that may do everything."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, **self.security().options())

    @staticmethod
    def _pem(made: trustme.LeafCert, path: Path) -> None:
        """Key and chain in one file; Java reads no other form of a key than PKCS 8."""
        key = load_pem_private_key(made.private_key_pem.bytes(), None)
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(plain + b"".join(blob.bytes() for blob in made.cert_chain_pems))
