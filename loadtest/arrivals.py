"""Who comes when: phases, a mix and a seed in, arrivals out; nothing in it depends on the service's answers.

Whoever is late to send, because all of a pool's visitors are busy or the machine is, still counts from the
time at which the arrival was due: a slow service cannot slow its own clock.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from loadtest.profiles import Phase


@dataclass(frozen=True)
class Arrival:
    """The visit of one person, due so many seconds after the load began."""

    number: int
    due_s: float
    person: str


def arrivals(phases: Sequence[Phase], mix: Mapping[str, int], seed: int) -> Iterator[Arrival]:
    """Return everybody who comes, evenly spaced within each phase, in the order of time."""
    people = _people(mix, seed)
    number = 0
    for phase in phases:
        for turn in range(round((phase.end_s - phase.start_s) * phase.rate_per_s)):
            yield Arrival(number, phase.start_s + (turn + 0.5) / phase.rate_per_s, next(people))
            number += 1


def shared_out(everybody: Iterator[Arrival], part: int, parts: int) -> Iterator[Arrival]:
    """Return every so-manieth arrival: what one of several locust workers takes."""
    return (each for each in everybody if each.number % parts == part)


def _people(mix: Mapping[str, int], seed: int) -> Iterator[str]:
    """Return people without end, shuffled deck by deck: after each deck the shares are exactly the mix's."""
    deck = [person for person, count in sorted(mix.items()) for _ in range(count)]
    chance = random.Random(seed)  # noqa: S311 - repeatable, hides nothing
    while True:
        chance.shuffle(deck)
        yield from deck
