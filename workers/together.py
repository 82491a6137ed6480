"""What several threads want at the same moment is done once, by one of them: group commit without a thread for it."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Result = TypeVar("Result")


class _Turn(Generic[Wish, Result]):
    """One thread's place in the queue."""

    __slots__ = ("_told", "error", "leads", "result", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.leads = False
        self.result: Result | None = None
        self.error: BaseException | None = None
        self._told = threading.Lock()  # a bare lock: an Event costs three times as much
        self._told.acquire()

    def tell(self) -> None:
        self._told.release()

    def wait(self) -> None:
        self._told.acquire()


class Together(Generic[Wish, Result]):
    """`do` blocks until `act` has been called with a list that holds the wish, and returns the result in its place.

    The first to come acts for all who have come until it begins; who comes meanwhile waits for the next turn, which
    one of them leads. `gather` is called by the leader before it closes the list. An error of `act` is everybody's.
    With one thread there is no waiting and no other order than that of the calls.
    """

    def __init__(
        self, act: Callable[[Sequence[Wish]], Sequence[Result]], gather: Callable[[], None] = lambda: None
    ) -> None:
        self._act = act
        self._gather = gather
        self._lock = threading.Lock()
        self._waiting: list[_Turn[Wish, Result]] = []
        self._led = False

    def do(self, wish: Wish) -> Result:
        turn: _Turn[Wish, Result] = _Turn(wish)
        with self._lock:
            self._waiting.append(turn)
            turn.leads, self._led = not self._led, True
        if not turn.leads:
            turn.wait()
        if turn.leads:
            self._lead()
        if turn.error is not None:
            raise turn.error
        return turn.result  # type: ignore[return-value]  # set by the leader, whatever it is

    def _lead(self) -> None:
        """For all who wait, the leader among them; then hand the lead on."""
        batch: list[_Turn[Wish, Result]] = []
        try:
            self._gather()
            with self._lock:
                batch, self._waiting = self._waiting, []
            for turn, result in zip(batch, self._act([each.wish for each in batch]), strict=True):
                turn.result = result
        except BaseException as error:  # noqa: BLE001 - nobody may wait for ever; it is raised in each of the threads
            with self._lock:
                batch, self._waiting = [*batch, *self._waiting], []
            for turn in batch:
                turn.error = error
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        if following is not None:
            following.leads = True
            following.tell()
        for turn in batch:
            if not turn.leads:
                turn.tell()
