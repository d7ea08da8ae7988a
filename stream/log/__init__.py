"""The log port: topics, consumer groups, atomic commits; `stream.sqlite` and `stream.kafka` are its backends."""
