"""Processes killed at random moments under load."""

import random
import time
from functools import partial
from statistics import median

from scripts import processes
from tests.faults.load import Load, Pulse
from tests.faults.system import WITHIN, System

VICTIMS = ("web", "worker", "database", "beat")
DEAD = 0.5
"""Seconds after a kill in which what is seen was begun before it."""

BURST = 30
"""Messages put into the queue before the worker is killed, so that it is in the middle of one."""

OFTEN = processes.MOST_STARTS - 2
"""Kills of one part within the time in which its manager counts starts; with more of them it would give up, rightly."""


def kill_under_load(system: System, load: Load, *, kills: int, keys_until: int) -> str:
    """Kill one after the other, each only when it is at work, and say what became of it.

    Raises `TooLate`.

    After so many kills no line is begun any more that is known by its key alone: the key of a line whose process died
    is free again after a minute.
    """
    dice = random.Random(20260311)
    killed: list[tuple[str, float]] = []
    pulse = Pulse(system, load)

    def again(part: str, moment: float) -> bool:
        return pulse.first_after(part, moment + DEAD) is not None

    try:
        for number in range(kills):
            part = VICTIMS[number % len(VICTIMS)]
            before = [moment for name, moment in killed if name == part]
            if before:
                system.wait(f"{part} is at work again", partial(again, part, before[-1]), within=WITHIN)
            if len(before) >= OFTEN:
                time.sleep(max(0.0, before[-OFTEN] + processes.WITHIN - time.monotonic()))
            time.sleep(dice.uniform(0.1, 1.5))
            if part == "worker":
                load.put(BURST)
                time.sleep(dice.uniform(0.05, 0.4))
            system.wait(f"there is a process of {part}", partial(system.kill, part, dice), within=WITHIN)
            killed.append((part, time.monotonic()))
            if number + 1 == keys_until:
                load.keys_ending.set()
        for part, moment in killed[-len(VICTIMS) :]:
            system.wait(f"{part} is at work again", partial(again, part, moment), within=WITHIN)
    finally:
        pulse.end()
        load.end()
    took = [(pulse.first_after(part, moment + DEAD) or 0) - moment for part, moment in killed]
    finish_queue(system, load)
    return f"{len(killed)} kills, at work again after {median(took):.1f} s, at most {max(took):.1f} s; {load.summary()}"


def finish_queue(system: System, load: Load) -> None:
    """Wait until every message has become a line of the ledger; raises `TooLate` where no more of them do."""
    # One look at the ledger for both questions: between two the last message may come, and more are awaited for ever.
    while (booked := system.booked_by_tasks(load.name)) < (taken := load.taken()):
        more = partial(lambda before: system.booked_by_tasks(load.name) > before, booked)
        system.wait(f"another of the {taken - booked} messages that are left is done", more, within=WITHIN)


def all_done(system: System, load: Load) -> bool:
    """Return whether every message that the queue took has become a line of the ledger."""
    return system.booked_by_tasks(load.name) >= load.taken()
