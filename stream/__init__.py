"""The stream: records, topics, the log port with its two backends, the worker, and the stages that alert.

tagged ─► candidates ─► story ─► alerts.THEME ─► match ─► outbox ─► deliver ─► webhook, mail, chat
                          every record ─► index ─► page, command line
"""
