"""What came of a fine-tuning: comparisons in, report (Markdown, JSON), model card and metrics out.

None of it names a field: file names may tell of patients.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from handler.spec import ModelSpec
from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL
from training.datasets import AnnotatedField
from training.finetune.comparison import Comparison, table
from training.recipe import Recipe

MADE_BY = "training.finetune"


@dataclass(frozen=True)
class Counted:
    """How much was annotated."""

    fields: int
    groups: int
    immunopositive: int
    immunonegative: int

    @classmethod
    def of(cls, fields: Sequence[AnnotatedField]) -> "Counted":
        """Count fields, patients or slides, and points."""
        labels = [label for field in fields for label in field.annotation().labels.tolist()]
        return cls(
            len(fields),
            len({field.group for field in fields}),
            labels.count(IMMUNOPOSITIVE_LABEL),
            labels.count(IMMUNONEGATIVE_LABEL),
        )

    def __str__(self) -> str:
        return (
            f"{self.fields} fields of {self.groups} patients or slides, "
            f"{self.immunopositive} immunopositive and {self.immunonegative} immunonegative points"
        )


@dataclass(frozen=True)
class Outcome:
    """All that is known when a fine-tuning has ended; `worse_by` are rules, none where it is not worse."""

    version: str
    parent: ModelSpec
    child: ModelSpec
    recipe: Recipe
    phantom_share: float
    parent_share: float
    learnt: Counted
    held_out: Counted
    comparisons: Sequence[Comparison]
    worse_by: Sequence[str]
    accepted: bool

    @property
    def verdict(self) -> str:
        """Say in a sentence whether the child may be archived."""
        if not self.worse_by:
            return f"Version {self.version} is not worse than {self.parent.version} on the held-out fields."
        told = f"Version {self.version} is worse than {self.parent.version}: {'; '.join(self.worse_by)}."
        return f"{told} {'Accepted as told.' if self.accepted else 'It is not archived.'}"

    def changed_parameters(self) -> list[str]:
        """Return the decoding's parameters that were chosen anew, as text."""
        return [
            f"`{part}.{name}` {before} -> {after}"
            for part in ("thresholds", "decoding", "stain")
            for (name, before), after in zip(
                asdict(getattr(self.parent, part)).items(),
                asdict(getattr(self.child, part)).values(),
                strict=True,
            )
            if before != after
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the report, and what the version's metrics.json keeps."""
        return {
            "made_by": MADE_BY,
            "parent": self.parent.version,
            "compared_with_parent": {"worse_by": list(self.worse_by), "accepted": self.accepted},
            "recipe": asdict(self.recipe)
            | {"phantom_share": self.phantom_share, "parent_share": self.parent_share},
            "trained_on": asdict(self.learnt),
            "compared_on": asdict(self.held_out),
            "comparisons": {c.name: c.to_json() for c in self.comparisons},
        }

    def to_markdown(self) -> str:
        """Return the report for people."""
        return "\n\n".join((f"# {self.version} against its parent {self.parent.version}", *self._body(), ""))

    def to_card(self) -> str:
        """Return the model card."""
        parts = (
            f"# Model card: {self.child.name} {self.version}",
            f"Fine-tuned from version {self.parent.version} on a laboratory's own points, {date.today()}. "
            "Same network and input as its parent: its card says what they are.",
            "## Intended use",
            "Research and teaching, on fields of the laboratory it was tuned for. Not for diagnosis. "
            "Elsewhere its parent is the better choice. The weights come from the parent's (Apache-2.0) "
            "and the laboratory's images: whoever owns those says under which terms they may be passed on.",
            *self._body(),
        )
        return "\n\n".join((*parts, ""))

    def _body(self) -> tuple[str, ...]:
        recipe, changed = self.recipe, self.changed_parameters()
        return (
            "## How it was trained",
            f"{recipe.steps} steps of {recipe.batch_size} crops of {recipe.crop_px} x {recipe.crop_px} px, "
            f"a share of {self.phantom_share:g} of them phantoms; masks by watershed from the points; AdamW "
            f"{recipe.learning_rate:g}, statistics of batch normalisation frozen, running average of the "
            f"weights, of which a share of {self.parent_share:g} stays the parent's, seed {recipe.seed}. "
            f"Learnt from: {self.learnt}. Held out: {self.held_out}.",
            f"Parameters of the decoding chosen anew on the training part: {', '.join(changed) or 'none'}.",
            "## What was measured",
            "A found nucleus matches a point within 6 microns, each once; errors of the index in points "
            "against the annotated points. The phantoms show what was forgotten.",
            table(self.comparisons),
            self.verdict,
        )
