"""Start one program so that it cannot outlive its starter, and never as root where it refuses root.

Run as a file by an isolated interpreter (`python -I -S launcher.py ... program args`), because the alternative, a
`preexec_fn` between fork and exec, is not safe in a process that has threads. It imports nothing but the standard
library, sets up the process it is in, and becomes the program.

As root it can take another uid and keep one power, CAP_DAC_OVERRIDE, as an *ambient* capability: PostgreSQL then runs
below a directory that only root may enter, and nobody has to open that directory (prctl(2), capabilities(7)).
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h; two 32-bit halves follow the header
FAILED = 71  # EX_OSERR: the caller tells "could not be set up" from the program's own failures by it


def call_libc(name: str, *arguments: object) -> None:
    """Call libc and raise OSError where it says -1."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def prctl(option: int, second: int = 0, third: int = 0) -> None:
    """All five arguments are unsigned long; unused ones must be zero."""
    call_libc("prctl", *(ctypes.c_ulong(number) for number in (option, second, third, 0, 0)))


def become(uid: int, gid: int) -> None:
    """Leave root behind and keep CAP_DAC_OVERRIDE alone, in a form that survives exec."""
    prctl(PR_SET_KEEPCAPS, 1)
    with contextlib.suppress(OSError):
        # access(2) forgets the capabilities of all but root unless this is set, and initdb asks it about postgres.
        # A container may forbid it; then wheels below a closed folder fail, in initdb's words.
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    call_libc("capset", header, struct.pack("=6I", mask, mask, mask, 0, 0, 0))
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def main(arguments: list[str]) -> None:
    """`<signal at the parent's death> <parent's pid> <uid>:<gid> or - <program> [argument ...]`."""
    death_signal, parent, owner = int(arguments[0]), int(arguments[1]), arguments[2]
    program = arguments[3:]
    try:
        if owner != "-":
            uid, gid = owner.split(":")
            become(int(uid), int(gid))
        if sys.platform == "linux":
            # After the change of uid, which clears it. It is bound to the starter's *thread*, not to its process.
            prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                sys.exit(FAILED)  # the starter died before the line above
        for ignored in (signal.SIGINT, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_DFL)  # what is ignored here would stay ignored in the program
        os.execvp(program[0], program)  # noqa: S606 - becoming the program is the purpose
    except OSError as error:
        sys.stderr.write(f"{program[0]} could not be started: {error}\n")
        sys.exit(FAILED)


if __name__ == "__main__":
    main(sys.argv[1:])
