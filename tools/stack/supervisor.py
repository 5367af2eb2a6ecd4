"""One supervisor: starts children in order, restarts one that dies, stops all in order."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from tools.stack import processes
from tools.stack.places import StackError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds of life after which a child counts as healthy again and its pause starts anew."""


@dataclass
class Child:
    """A process under watch. `start` starts it; `label` is what the user reads; lower `stop_turn`s stop first."""

    label: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 3.0
    stop_turn: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float | None = None

    def run(self) -> None:
        """Start now."""
        self.started = time.monotonic()
        self.due = None
        self.process = self.start()

    def age(self) -> float:
        """Seconds since the last start."""
        return time.monotonic() - self.started


class Supervisor:
    """Keeps the children; used from the main thread only."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` prints a line for the user."""
        self.say = say
        self.children: list[Child] = []
        self.stop_requested = False

    def catch_signals(self) -> None:
        """Ctrl-C, TERM and a closed terminal ask for the stop."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._request_stop)

    def _request_stop(self, _sign: int, _frame: FrameType | None) -> None:
        self.stop_requested = True

    def stopped(self) -> bool:
        """Whether the stop was asked for."""
        return self.stop_requested

    def add(self, child: Child) -> Child:
        """Start a child, watch it from now on."""
        self.children.append(child)
        child.run()
        return child

    def adopt(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Watch a child that was started and awaited already."""
        child.process, child.started = process, time.monotonic()
        self.children.append(child)

    def look(self) -> None:
        """One round: note who died, start again whose pause is over."""
        for child in self.children:
            if child.due is not None:
                if time.monotonic() >= child.due:
                    self._start_again(child)
            elif child.process is not None and child.process.poll() is not None:
                self._note_death(child)

    def _note_death(self, child: Child) -> None:
        if child.age() > STEADY:
            child.pause = FIRST_PAUSE
        processes.end(child.process, sign=signal.SIGKILL, seconds=0)
        code = child.process.returncode if child.process else 0
        how = f"信号 {-code}" if code < 0 else f"退出码 {code}"
        self.say(f"{child.label}意外停止（{how}），{child.pause:.1f} 秒后重新启动。")
        child.due = time.monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _start_again(self, child: Child) -> None:
        try:
            child.run()
        except StackError as error:
            self.say(str(error))
            child.due = time.monotonic() + child.pause

    def watch(self) -> None:
        """Look until the stop is asked for."""
        while not self.stop_requested:
            self.look()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop turn by turn; the children of one turn are asked together."""
        for group in self._stop_groups():
            for child in group:
                if child.process is not None and child.process.poll() is None:
                    child.process.send_signal(child.stop_signal)
            end = time.monotonic() + max(child.stop_seconds for child in group)
            for child in group:
                processes.end(child.process, sign=0, seconds=max(end - time.monotonic(), 0.1))
        self.children.clear()

    def _stop_groups(self) -> list[list[Child]]:
        """The children by their turn."""
        turns = sorted({child.stop_turn for child in self.children})
        return [[child for child in self.children if child.stop_turn == turn] for turn in turns]
