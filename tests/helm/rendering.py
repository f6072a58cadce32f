"""Renders the chart with Helm's own engine and gives its objects, with what they say of pods at hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import helm_python
import yaml

from helm.readme import CHART

Json = dict[str, Any]
RELEASE, NAMESPACE = "ki67", "lab"
PROFILES = ("small", "gpu", "ha")
SERVING = {"Deployment", "StatefulSet"}


@dataclass(frozen=True)
class Object:
    """One object, and the template it came from."""

    template: str
    body: Json

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def labels(self) -> Mapping[str, str]:
        return dict(self.body["metadata"].get("labels", {}))

    @property
    def spec(self) -> Json:
        return dict(self.body.get("spec", {}))

    @property
    def pod(self) -> Json | None:
        """The pods it makes: metadata and spec."""
        if self.kind == "Pod":
            return self.body
        job = self.spec["jobTemplate"]["spec"] if self.kind == "CronJob" else self.spec
        return job.get("template") if self.kind in SERVING | {"Job", "CronJob"} else None

    @property
    def pod_labels(self) -> Mapping[str, str]:
        return dict((self.pod or {}).get("metadata", {}).get("labels", {}))

    @property
    def component(self) -> str:
        return self.pod_labels.get("app.kubernetes.io/component", "")

    def containers(self) -> Iterator[Json]:
        """Yield containers, those that only begin the pod included."""
        spec = (self.pod or {}).get("spec", {})
        yield from spec.get("initContainers", [])
        yield from spec.get("containers", [])

    def __str__(self) -> str:
        return f"{self.template} {self.kind}/{self.name}"


def merged(below: Json, above: Json) -> Json:
    """Lay `above` over `below`, mapping by mapping, as Helm does with several values files."""
    both = {key for key in above if isinstance(above[key], dict) and isinstance(below.get(key), dict)}
    return below | above | {key: merged(below[key], above[key]) for key in both}


def values_of(profile: str) -> Json:
    """Return a profile's values; the empty one is values.yaml alone."""
    return dict(yaml.safe_load((CHART / f"values-{profile}.yaml").read_text("utf-8"))) if profile else {}


def templates(values: Json, *, release: str = RELEASE, upgrade: bool = False) -> dict[str, str]:
    """Return what each template becomes."""
    with helm_python.Chart.load(CHART) as chart:
        return dict(
            chart.render(
                values, name=release, namespace=NAMESPACE, is_upgrade=upgrade, is_install=not upgrade
            )
        )


def objects(values: Json, *, release: str = RELEASE, upgrade: bool = False) -> list[Object]:
    """Return the objects of these values."""
    rendered = templates(values, release=release, upgrade=upgrade)
    texts = {name: text for name, text in rendered.items() if not name.endswith("NOTES.txt")}
    return [
        Object(name.partition("templates/")[2], body)
        for name, text in texts.items()
        for body in yaml.load_all(text, yaml.CSafeLoader)
        if body
    ]


def the(found: Sequence[Object], kind: str, name: str) -> Object:
    """Return the one object of that kind and name."""
    (one,) = (each for each in found if (each.kind, each.name) == (kind, name))
    return one


def written(template: Path) -> str:
    """Return a template as it is written."""
    return template.read_text("utf-8")
