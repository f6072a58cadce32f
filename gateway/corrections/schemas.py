"""Corrections as the API takes and gives them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.schemas import CorrectionSummary

ClassName = Literal["immunopositive", "immunonegative"]
EDITS_LIMIT = 50_000
_FARTHEST_PX = 1_000_000


Place = Annotated[int, Field(ge=0, le=10_000_000)]


class RelabelledNucleus(BaseModel):
    """A nucleus of the model in another class."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    nucleus: Place = Field(description="place in the list of nuclei, from 0")
    class_: ClassName = Field(alias="class")


class AddedNucleus(BaseModel):
    """A nucleus that the model did not find; pixels of the image, pixel centres at whole numbers."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    x: float = Field(ge=-0.5, le=_FARTHEST_PX, allow_inf_nan=False)
    y: float = Field(ge=-0.5, le=_FARTHEST_PX, allow_inf_nan=False)
    class_: ClassName = Field(alias="class")


class EditsOut(BaseModel):
    """What was changed by hand, relative to the model's nuclei."""

    removed: list[int]
    relabelled: list[RelabelledNucleus]
    added: list[AddedNucleus]


class CorrectionIn(BaseModel):
    """All edits of one revision: they replace those before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "revision": 1,
                    "removed": [3],
                    "relabelled": [{"nucleus": 7, "class": "immunopositive"}],
                    "added": [{"x": 120.5, "y": 80.0, "class": "immunonegative"}],
                }
            ]
        },
    )

    revision: int = Field(ge=1, le=1_000_000, description="whose nuclei the places mean: the current one")
    removed: list[Place] = Field(
        default_factory=list, max_length=EDITS_LIMIT, description="places in the list of nuclei, from 0"
    )
    relabelled: list[RelabelledNucleus] = Field(default_factory=list, max_length=EDITS_LIMIT)
    added: list[AddedNucleus] = Field(default_factory=list, max_length=EDITS_LIMIT)

    def to_edits(self) -> dict[str, Any]:
        """Return the edits as they are kept: plain values, without the revision."""
        return self.model_dump(by_alias=True, exclude={"revision"})


class CorrectionOut(CorrectionSummary):
    """The layer with its edits."""

    edits: EditsOut
