"""Where Punctual keeps what it needs on this machine: rows, logs, secrets, sockets, and the lock of a start."""

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import socket
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 103  # bytes that fit sun_path beside its NUL: 104 on macOS, 108 on Linux
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"
MARK = "PUNCTUAL_RUN"  # in the environment of everything a run starts, also of what that starts in turn


class HomeError(Exception):
    """The folder cannot be used; the message is for the person who started us."""


@dataclass(frozen=True)
class Home:
    """One folder, by default `.punctual/` beside the configuration, that only its owner can read."""

    path: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Home":
        """PUNCTUAL_HOME, else `.punctual` in the current folder."""
        return cls(Path(environ.get("PUNCTUAL_HOME") or ".punctual").absolute())

    def prepare(self) -> None:
        """Make the folder and its rooms, private to their owner."""
        try:
            for room in (self.path, self.log, self.run):
                room.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise HomeError(f"{self.path} cannot be used as Punctual's folder: {error.strerror}") from error

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def run(self) -> Path:
        """Lock, pid files and sockets: what means nothing once nothing runs."""
        return self.path / "run"

    def secret(self, name: str) -> str:
        """A random secret that is made once and then kept, readable by its owner alone."""
        path = self.path / name
        with contextlib.suppress(FileExistsError):
            written = path.with_suffix(f".{os.getpid()}")
            written.touch(mode=0o600)
            written.write_text(secrets.token_urlsafe(32) + "\n")
            try:
                os.link(written, path)  # fails where the secret exists: of two starters one wins, whole
            finally:
                written.unlink()
        return path.read_text().strip()

    @contextlib.contextmanager
    def lock(self, who: str) -> Iterator[None]:
        """Hold the folder for one starter; a second one is told who holds it.

        Raises:
            HomeError: it is held; the message is what the holder left in the lock.
        """
        with (self.run / "lock").open("a+") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in {errno.EAGAIN, errno.EACCES}:
                    raise HomeError(f"{held.name} cannot be locked: {error.strerror}") from error
                held.seek(0)
                raise HomeError(held.read().strip() or "another start is under way") from error
            held.truncate(0)
            held.write(who + "\n")
            held.flush()
            yield
            held.truncate(0)

    def marked(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The same environment with this run's mark, by which what it starts can be told from everything else."""
        return {**environ, MARK: self.mark}

    @property
    def mark(self) -> str:
        """Of the run that holds the lock now, or of the last one; empty before the first."""
        try:
            return (self.run / "mark").read_text()
        except FileNotFoundError:
            return ""

    def new_mark(self) -> None:
        """Begin a run."""
        (self.run / "mark").write_text(secrets.token_hex(16))

    def socket_folder(self) -> Path | None:
        """A private folder whose sockets have short enough names, our own where possible; None where there is none."""
        outside = f"punctual-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}"
        places = [self.run]
        if runtime := os.environ.get("XDG_RUNTIME_DIR"):
            places.append(Path(runtime) / outside)
        places += [Path(tempfile.gettempdir()) / outside, Path("/tmp") / outside]  # noqa: S108 - owner and mode are checked
        return next((place for place in places if _holds_sockets(place)), None)


def _holds_sockets(folder: Path) -> bool:
    """Short, ours, closed to others, and on a file system that has sockets (shared folders of some VMs have none)."""
    if len(os.fsencode(folder)) + len(LONGEST_SOCKET_NAME) > SOCKET_PATH_LIMIT:
        return False
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid() or stat.S_IMODE(seen.st_mode) & 0o077:
            return False
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(probe))
        probe.unlink()
    except OSError:
        return False
    return True
