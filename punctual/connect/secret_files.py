"""Secrets in files of their own, readable by their owner alone; the settings only name them."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from punctual.session import Refused

REFERENCES = ("env:", "file:")


@dataclass
class SecretFiles:
    """The secrets of one new connection. `forget` takes back what was written, where it comes to nothing."""

    folder: Path
    config: Path
    name: str
    written: list[Path] = field(default_factory=list)

    def reference(self, key: str, value: str) -> str:
        """What the settings say: `env:NAME` and `file:PATH` as they were given, a secret itself goes into a file."""
        return value if value.startswith(REFERENCES) else self.keep(key, value)

    def keep(self, key: str, secret: str) -> str:
        """Into a new file: whatever an earlier connection of this name has left stays as it is."""
        names = (f"{self.name}-{key.replace('_', '-')}{end}" for end in ("", *(f"-{n}" for n in range(2, 1000))))
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            path = next(each for name in names if not os.path.lexists(each := self.folder / name))
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                self.written.append(path)
                opened.write(secret + "\n")
        except OSError as error:
            raise Refused(f"{self.folder} cannot be written: {error.strerror}") from error
        return f"file:{self._beside(path)}"

    def forget(self) -> None:
        for path in self.written:
            path.unlink(missing_ok=True)

    def _beside(self, path: Path) -> Path:
        """References count from the file's folder; what lies elsewhere is named whole."""
        folder = self.config.absolute().parent
        return path.relative_to(folder) if path.is_relative_to(folder) else path


def _signing() -> str:
    """As Standard Webhooks and Svix write it: 24 to 64 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


NEW: dict[str, Callable[[], str]] = {
    "standard": _signing,
    "hmac": lambda: secrets.token_hex(32),
    "shared": lambda: secrets.token_urlsafe(32),
    "basic": lambda: f"punctual:{secrets.token_urlsafe(24)}",
}
"""A secret for each scheme, made here where the vendor does not make one."""
