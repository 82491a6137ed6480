"""Tell each connection's staff channel what needs a person: by e-mail, or by a signed webhook."""

import smtplib
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Row

from runtime.wiring import Wiring
from store import inbox, write_backs
from workers.tally import Tally

SMTP_SECONDS = 15.0


def run(wiring: Wiring) -> str:
    """Hand over what has not been told yet. Without a channel it stays in `punctual inbox`."""
    tally = Tally("staff")
    with wiring.db.begin() as tx:
        items = inbox.untold(tx)
    for item in items:
        tally.add(_one(wiring, item))
    return tally.line()


def _one(wiring: Wiring, item: Row[Any]) -> str:
    settings = wiring.settings.connections.get(item.connection)
    if settings is not None and settings.staff.url:
        body = {
            "type": f"staff.{item.kind}",
            "timestamp": item.created_at.isoformat(),
            "data": {
                "connection": item.connection,
                "item": item.id,
                "appointment_id": item.external_id or None,
                "message": item.message,
            },
        }
        with wiring.db.begin() as tx:
            write_backs.call_back(tx, item.connection, "staff", body, None)
            inbox.told(tx, item.id)
        return "to webhook"
    if settings is not None and settings.staff.email and wiring.settings.smtp:
        return _mail(wiring, item, settings.staff.email)
    with wiring.db.begin() as tx:
        inbox.told(tx, item.id)
    return "to inbox only"


def _mail(wiring: Wiring, item: Row[Any], address: str) -> str:
    """One short message. A mail server that is away is asked again by a later sweep."""
    smtp = wiring.settings.smtp
    message = EmailMessage()
    message["From"] = str(smtp["sender"])
    message["To"] = address
    message["Subject"] = f"Punctual, {item.connection}: {item.kind.replace('_', ' ')}"
    message["Message-ID"] = f"<item-{item.id}@punctual.invalid>"  # the same in every try
    message.set_content(f"{item.message}\n\nConnection: {item.connection}\nItem: {item.id} (punctual inbox)\n")
    opened = smtplib.SMTP_SSL if smtp["tls"] == "tls" else smtplib.SMTP
    try:
        with opened(str(smtp["host"]), int(smtp["port"]), timeout=SMTP_SECONDS) as server:
            if smtp["tls"] == "starttls":
                server.starttls()
            if smtp["username"]:
                server.login(str(smtp["username"]), str(smtp["password"]))
            server.send_message(message)
    except (smtplib.SMTPException, OSError):
        return "mail waits"
    with wiring.db.begin() as tx:
        inbox.told(tx, item.id)
    return "mailed"
