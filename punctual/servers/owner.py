"""Under which uid the servers run: ours, or nobody's when we are root, because initdb and postgres refuse root."""

import os
import pwd

from punctual.servers.process import ServerError

NOBODY = 65534  # the kernel's overflow uid: exists by number everywhere; initdb also wants its name
NAMELESS = (
    "PostgreSQL cannot be set up under uid {uid}, which has no entry in the list of users (/etc/passwd); "
    "run as a user that has a name, or set PUNCTUAL_DATABASE_URL"
)


def server_owner() -> tuple[int, int] | None:
    """(uid, gid) to become, or None to stay who we are.

    Raises:
        ServerError: initdb would fail, because the uid has no name.
    """
    uid = NOBODY if os.geteuid() == 0 else os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise ServerError(NAMELESS.format(uid=uid)) from error
    return (entry.pw_uid, entry.pw_gid) if os.geteuid() == 0 else None
