"""The settings of Kafka, and what the log is made with by them."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, SecretStr, model_validator

from deploy.settings.section import Section

if TYPE_CHECKING:
    from stream.kafka import KafkaLog

__all__ = ["KafkaSettings", "kafka_log"]


class KafkaSettings(Section):
    """How Kafka is reached, and what topics are made with."""

    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        default="plaintext", description="Protocol of the brokers' listener: TLS (ssl), SASL, both, or neither."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the certificate authorities of the brokers, instead of the system's."
    )
    cert_file: Path | None = Field(
        default=None, description="PEM file of the client's certificate (and its chain), for mutual TLS."
    )
    key_file: Path | None = Field(
        default=None, description="PEM file of the private key of that certificate, if it is not in the same file."
    )
    key_password: SecretStr = Field(default=SecretStr(""), description="Password of the private key.")
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism."
    )
    username: str = Field(default="", description="User for PLAIN and SCRAM; the client's id at token_url.")
    password: SecretStr = Field(default=SecretStr(""), description="Its password; the client's secret at token_url.")
    token_file: Path | None = Field(
        default=None,
        description="File with the token for OAUTHBEARER, read whenever a connection is made; such as the projected "
        "token of a Kubernetes service account.",
    )
    token_url: str = Field(
        default="",
        pattern=r"^(|https://\S+|http://(127\.0\.0\.1|localhost)[:/]\S*)$",
        description="Token endpoint for OAUTHBEARER by the client-credentials grant, instead of token_file.",
    )
    token_scope: str = Field(default="", description="Scope to ask of token_url.")
    prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9.-]*$",
        max_length=100,
        description="Put before the names of topics, consumer groups and transactions, such as `staging.`, so that "
        "several installations can share a cluster.",
    )
    instance: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]*$",
        max_length=60,
        description="Name of this process among those of its role, for static membership: after a restart within "
        "session_timeout it keeps its partitions. Only one process of a role may have it. Empty for dynamic members, "
        "which hand over at once when they stop.",
    )
    session_timeout: float = Field(
        default=6,
        ge=6,
        le=300,
        description="Seconds without a sign of life after which the partitions of a process go to others.",
    )
    replication_factor: int = Field(
        default=-1, ge=-1, le=32767, description="Replicas of new topics; -1 for the brokers' default."
    )
    min_insync_replicas: int | None = Field(
        default=None, ge=1, description="min.insync.replicas of topics; empty for the brokers' default."
    )
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        default="none", description="Compression of what is written, and compression.type of topics."
    )
    max_message_bytes: int | None = Field(
        default=None,
        ge=1_000_000,
        description="max.message.bytes of topics; empty for the brokers' default, which must be at least 1000000.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.security.startswith("sasl") and self.mechanism == "OAUTHBEARER":
            if (self.token_file is None) == (not self.token_url):
                raise ValueError("OAUTHBEARER needs either token_file or token_url")
        elif self.security.startswith("sasl") and not (self.username and self.password.get_secret_value()):
            raise ValueError(f"{self.mechanism} needs username and password")
        if self.key_file and not self.cert_file:
            raise ValueError("key_file is of no use without cert_file")
        if self.ca_file and not self.security.endswith("ssl"):
            raise ValueError("ca_file is given, and security is without TLS: use ssl or sasl_ssl")
        if 0 < self.replication_factor < (self.min_insync_replicas or 1):
            raise ValueError("min_insync_replicas is over replication_factor: nothing could be written")
        return self


def kafka_log(bootstrap: list[str], settings: KafkaSettings) -> "KafkaLog":
    """The log on the cluster of these servers."""
    from stream.kafka import KafkaLog  # only then: its import takes a while
    from stream.kafka.clients import Membership
    from stream.kafka.security import Security
    from stream.kafka.topic_config import TopicDefaults

    given = settings.model_dump(
        include={"ca_file", "cert_file", "key_file", "mechanism", "username", "token_file", "token_url", "token_scope"}
    )
    return KafkaLog(
        bootstrap,
        prefix=settings.prefix,
        security=Security(
            protocol=settings.security,
            key_password=settings.key_password.get_secret_value(),
            password=settings.password.get_secret_value(),
            **given,
        ),
        defaults=TopicDefaults(
            settings.replication_factor,
            settings.min_insync_replicas,
            settings.compression,
            settings.max_message_bytes,
        ),
        membership=Membership(settings.instance, settings.session_timeout),
    )
