"""The stream on Apache Kafka: `log` keeps topics, `session` is a member of a group with tables before a changelog."""

from stream.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
