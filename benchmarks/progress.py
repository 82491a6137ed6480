"""What is being done, for whoever waits."""

import time

_began = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - _began:5.0f} s  {text}", flush=True)
