"""The whole way: ask, try, check with the vendor, write, wait."""

import argparse
import os
import sys
from typing import Any

from punctual.connect import block, first_event
from punctual.connect.answers import Answers, ask
from punctual.connect.asking import Asking
from punctual.connect.secret_files import NEW, SecretFiles
from punctual.doctor import calls
from punctual.doctor.finding import Level
from punctual.printing import columns, print_json, warn
from punctual.session import DONE, MISUNDERSTOOD, Refused, config_path, unknown
from runtime import settings_file
from runtime.settings import Scheme, Settings
from runtime.settings_senders import is_secret
from schemas import web_address
from vendors.webhooks import SETTINGS as VENDORS


def run(args: argparse.Namespace) -> int:
    if args.vendor not in VENDORS:
        raise Refused(unknown("vendor", args.vendor, VENDORS), MISUNDERSTOOD)
    config = config_path()
    before = settings_file.load(os.environ, config)  # what is wrong already is mended first
    if args.name in before.connections:
        raise Refused(f"{config} has a connection {args.name} already; nothing was changed")
    interactive = sys.stdin.isatty() and not args.no_input
    answers = ask(Asking(interactive), args, before)
    files = SecretFiles(before.home / "secrets", config, answers.name)
    try:
        text = block.render(answers.name, _values(answers, files))
        settings = block.tried(config, text)
        said = _proven(settings, answers.name) if args.check else "not checked"
        block.append(config, text)
    except BaseException:
        files.forget()
        raise
    _tell(args, settings, answers, files, said)
    if args.wait if args.wait is not None else interactive:
        return _wait(settings, answers)
    return DONE


def _values(answers: Answers, files: SecretFiles) -> dict[str, Any]:
    """The block's keys, with references in the place of secrets."""
    credentials = {
        key: files.reference(key, value) if is_secret(key) else value for key, value in answers.credentials.items()
    }
    webhook: Any = "none"
    if answers.scheme != Scheme.NONE:
        secret = answers.webhook_secret or NEW[answers.scheme]()
        details = {key: value for key, value in answers.webhook.items() if value}
        webhook = {"scheme": answers.scheme, "secret": files.reference("webhook", secret), **details}
    return {
        "vendor": answers.vendor,
        "zone": answers.zone,
        "mode": "observe",
        "base_url": answers.base_url,
        "credentials": credentials,
        "options": answers.options,
        "webhook": webhook,
        **answers.more,
    }


def _proven(settings: Settings, name: str) -> str:
    """What the vendor says of the credentials. Raises `Refused` unless it takes them."""
    found = calls.vendor(settings.connections[name], None)
    if found.level is not Level.OK:
        raise Refused(f"{found.what}; nothing was written (--no-check writes without asking the vendor)")
    return found.what


def _tell(args: argparse.Namespace, settings: Settings, answers: Answers, files: SecretFiles, said: str) -> None:
    address = f"{settings.public_url.rstrip('/')}/hooks/{answers.name}" if answers.scheme != Scheme.NONE else None
    secret = next((str(path) for path in files.written if "-webhook" in path.name), None)
    if args.json:
        told = {"connection": answers.name, "vendor": answers.vendor, "file": str(config_path()), "checked": said}
        print_json({**told, "webhook_address": address, "webhook_secret_file": secret})
        return
    rows = [("credentials", said), ("written", f"[connections.{answers.name}] in {config_path()}, in mode observe")]
    if files.written:
        rows.append(("secrets", str(files.folder)))
    rows.append(("webhook", f"{address} ({answers.scheme})" if address else "none; the vendor is polled"))
    if secret:
        rows.append(("its secret", f"in {secret}: give both to the vendor"))
    apply = f"punctual configs apply FILE --assign {answers.name}"
    rows.append(("next", f"start `punctual up` again, which takes it up; then `{apply}`"))
    print(columns(rows))
    if address and web_address.is_loopback(settings.public_url) and not settings.connections[answers.name].sandbox:
        warn("this address leads to this machine alone: set PUNCTUAL_PUBLIC_URL to one that the vendor can reach")


def _wait(settings: Settings, answers: Answers) -> int:
    if answers.scheme == Scheme.NONE:
        return DONE
    if not first_event.wait(settings, answers.name):
        print(f"not waiting any longer; `punctual doctor {answers.name}` says when one has come")
    return DONE
