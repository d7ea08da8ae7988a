"""The HTTP side: metrics and health for machines, and the API, which reads the index and writes records."""

from stream.web.server import Served, WebServer, application, bind

__all__ = ["Served", "WebServer", "application", "bind"]
