"""objectives.yaml in, what must hold for each profile out; a mistake in it names its key."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from loadtest.analysis.knee import KneeRule
from loadtest.reading import GATEWAY, Description, first_of

OBJECTIVES = Path(__file__).with_name("objectives.yaml")

Ratio = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]


UPLOADED = ("lost_uploads", "double_records")


class ObjectivesError(Exception):
    """The objectives cannot be read; the message is a sentence that names file and key."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LatencyLimits(_Closed):
    """At most so many seconds; None is not asked for."""

    p50: Seconds | None = None
    p95: Seconds | None = None
    p99: Seconds | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> "LatencyLimits":
        if not self.model_fields_set:
            raise ValueError("give at least one of p50, p95, p99")
        return self


class Recovery(_Closed):
    """After the spike p95 is at most `within_ratio` times the earlier one, in `seconds`."""

    seconds: Seconds
    within_ratio: Annotated[float, Field(ge=1)]


class KneeLimits(_Closed):
    """When a rate counts as kept up with."""

    answered_ratio: Annotated[float, Field(gt=0, le=1)]
    p95_s: Seconds

    @property
    def rule(self) -> KneeRule:
        """The same for the analysis."""
        return KneeRule(self.answered_ratio, self.p95_s)


class Objectives(_Closed):
    """What must hold for one profile; the file says what each means. None is not asked for."""

    wrong_answers: Count
    error_ratio: Ratio
    shed_ratio: Ratio | None = None
    lost_uploads: Count | None = None
    double_records: Count | None = None
    latency_s: dict[str, LatencyLimits] = {}
    memory_growth_percent: dict[str, Annotated[float, Field(ge=0)]] = {}
    recovery: Recovery | None = None
    knee: KneeLimits | None = None
    goodput_at_twice_the_knee: Ratio | None = None
    goodput_ratio: Annotated[float, Field(gt=0)] | None = None
    capacity_ratio: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _says_what_the_knee_is(self) -> "Objectives":
        if self.goodput_at_twice_the_knee is not None and self.knee is None:
            raise ValueError("goodput_at_twice_the_knee needs knee")
        return self

    def of(self, about: Description) -> "Objectives":
        """Return what can be asked of a run: of processes where they are ours, of records where there are."""
        here, records = ("memory_growth_percent", "goodput_ratio", "capacity_ratio"), UPLOADED
        left_out = (() if about.own_stack else here) + (() if about.target.kind == GATEWAY else records)
        return self.model_copy(update={name: type(self).model_fields[name].default for name in left_out})


def read_objectives(profile: str, path: Path = OBJECTIVES) -> Objectives:
    """Return what must hold for `profile`; raises ObjectivesError."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        by_profile = TypeAdapter(dict[str, Objectives]).validate_python(read)
    except ValidationError as error:
        raise ObjectivesError(f"{path}: {first_of(error)}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ObjectivesError(f"{path} cannot be read: {error}") from error
    if profile not in by_profile:
        raise ObjectivesError(f"{path} has no profile {profile}; there are {', '.join(by_profile)}")
    return by_profile[profile]
