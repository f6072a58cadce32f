"""Shapes of load: a name in, phases and the mix of people out.

Rates are shares of the capacity that was measured just before: half of what a deployment carries means the
same on every machine. Arrivals are evenly spaced and never wait for answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

EVERYBODY: Mapping[str, int] = {
    "phone": 6,
    "integrator": 8,
    "reviewer": 2,
    "rude": 2,
    "operator": 1,
    "batch": 1,
}
"""Visits in twenty."""
PROGRAMS: Mapping[str, int] = {"integrator": 1}
"""One image a visit: rates are then images a second, which steps and the knee are told in."""
STEPS = (0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 2.5)


@dataclass(frozen=True)
class Part:
    """Some seconds at a share of the capacity."""

    name: str
    seconds: float
    share: float


@dataclass(frozen=True)
class Profile:
    """A shape; `pool` bounds the visits under way in one locust process.

    However little the service carries, `least_per_s` visits arrive: in a smoke run everybody has to come.
    """

    name: str
    about: str
    parts: tuple[Part, ...]
    mix: Mapping[str, int]
    scrape_every_s: float = 5.0
    pool: int = 200
    least_per_s: float = 0.0


@dataclass(frozen=True)
class Phase:
    """Some seconds at a rate of visits."""

    name: str
    start_s: float
    end_s: float
    rate_per_s: float


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "smoke",
            "everybody for half a minute",
            (Part("load", 30, 0.4),),
            EVERYBODY,
            scrape_every_s=2.0,
            least_per_s=20 / 30,
        ),
        Profile(
            "steady",
            "everybody at a constant rate",
            (Part("warm-up", 20, 0.3), Part("load", 180, 0.6)),
            EVERYBODY,
        ),
        Profile(
            "step",
            "programs at rising rates to beyond saturation, to find the knee",
            tuple(Part(f"{share:g} x capacity", 30, share) for share in STEPS),
            PROGRAMS,
            pool=600,
        ),
        Profile(
            "spike",
            "programs, and ten times as many for 30 s",
            (Part("before", 60, 0.15), Part("spike", 30, 1.5), Part("after", 90, 0.15)),
            PROGRAMS,
            scrape_every_s=2.0,
            pool=400,
        ),
        Profile("soak", "everybody at half the capacity for long", (Part("load", 600, 0.5),), EVERYBODY),
        Profile("arrivals", "programs at one constant rate", (Part("load", 120, 0.5),), PROGRAMS, pool=400),
    )
}


def stretched(profile: Profile, seconds: float | None) -> Profile:
    """Return the profile with its longest part, or each of several as long, lasting so many seconds."""
    if seconds is None:
        return profile
    longest = max(part.seconds for part in profile.parts)
    parts = (replace(each, seconds=seconds) if each.seconds == longest else each for each in profile.parts)
    return replace(profile, parts=tuple(parts))


def phases(profile: Profile, visits_per_s: float) -> tuple[Phase, ...]:
    """Return the parts one after the other; `visits_per_s` is the rate at the share 1."""
    found: list[Phase] = []
    start_s = 0.0
    for part in profile.parts:
        end_s, rate_per_s = start_s + part.seconds, max(profile.least_per_s, part.share * visits_per_s)
        found.append(Phase(part.name, start_s, end_s, rate_per_s))
        start_s = end_s
    return tuple(found)
