"""Punctual's application without its event loop, as servers of threads and greenlets can run it."""

from flask import Flask

from runtime import observe, settings_file
from web.app import create_app


def load() -> Flask:
    observe.configure_logs()
    return create_app(settings_file.load())
