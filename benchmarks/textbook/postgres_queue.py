"""Procrastinate's queue on PostgreSQL, with a job that does nothing: the best that its claiming can look."""

import os

from procrastinate import App, PsycopgConnector

app = App(connector=PsycopgConnector(conninfo=os.environ.get("TEXTBOOK_DATABASE", ""), min_size=2, max_size=10))


@app.task(name="textbook.remind", queue="reminders")
async def remind(number: int) -> None:
    """Nothing: what is measured is the way to here."""
