"""`python -m helm.readme [--check]`: writes the chart's README from values.yaml and its comments.

Flow: lines of values.yaml -> `Value`s, each with the comment above it -> a table a component -> README.md.
`--check` writes nothing and ends with 1 where the file is not what it should be.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parent / "ki67"
_KEY = re.compile(r"(?P<indent> *)(?P<name>[A-Za-z]\w*):")
_COMMENT = re.compile(r" *# ?(?P<text>.*)")
HEAD = """# The chart ki67

The whole service on Kubernetes 1.20 and newer: gateway, worker, TorchServe, and what is around them.

    helm install ki67 helm/ki67 -f helm/ki67/values-small.yaml   # one node, CPU, SQLite and a volume
    helm install ki67 helm/ki67 -f helm/ki67/values-gpu.yaml …   # nodes with GPUs, CloudNativePG, a bucket
    helm install ki67 helm/ki67 -f helm/ki67/values-ha.yaml …    # zones, PostgreSQL, S3, OIDC
    helm test ki67                                               # scores a phantom of known counts
    helm/versions ki67 list                                      # and register, canary, promote, rollback

Images come from `make images` (`gateway.image.repository`, `torchserve.image.repository`): push them to
where your cluster pulls from, or load them into its nodes. `helm/versions` needs `kubectl` and `python3`.

What only nodes with GPUs can show, on them, with images of `make images DEVICE=cuda`: install with
`values-gpu.yaml`, `objects.s3.url` and `objects.s3.secret`; then `helm test ki67`, and
`helm/versions ki67 list --json`, whose engine must be cuda.

The chart's folders are its components, and the label `app.kubernetes.io/component` says which one a pod is
of. `templates/network` draws every arrow between them: no other pod reaches TorchServe. Alerts are explained
in [docs/alerts.md](../../docs/alerts.md), choices in [a note](../../docs/decisions/2026-11-28-chart.md).
Pods keep to Kubernetes' "restricted" pod security:

    kubectl label namespace NAME pod-security.kubernetes.io/enforce=restricted

This file is written by `python -m helm.readme` from `values.yaml`.
"""


@dataclass(frozen=True)
class Value:
    """A key that has a comment: where it is, what the comment says, what is there by default."""

    path: tuple[str, ...]
    comment: str
    default: Any


def commented(text: str) -> Iterator[Value]:
    """Yield the keys of a values file that stand below a comment, in their order."""
    defaults = yaml.safe_load(text)
    above: list[str] = []
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        if found := _COMMENT.fullmatch(line):
            above.append(found["text"])
        elif key := _KEY.match(line):
            indent = len(key["indent"])
            path = [each for each in path if each[0] < indent] + [(indent, key["name"])]
            if above:
                names = tuple(name for _, name in path)
                yield Value(names, " ".join(above), at(defaults, names))
            above = []
        else:
            above = []


def at(values: Any, path: Sequence[str]) -> Any:
    """Return what is at a path of keys."""
    for name in path:
        values = values[name]
    return values


def sections(values: Sequence[Value]) -> Iterator[tuple[Value, list[Value]]]:
    """Yield what is at the top, each with the commented values below it."""
    for top in values:
        if len(top.path) == 1:
            yield top, [each for each in values if each.path[0] == top.path[0] and each is not top]


def readme(text: str) -> str:
    """Return the README of a values file."""
    parts = [HEAD]
    alone = []
    for top, below in sections(list(commented(text))):
        if below:
            parts.append(f"## {top.path[0]}\n\n{top.comment}\n\n{table(below)}")
        else:
            alone.append(top)
    return "\n".join([*parts, f"## Others\n\n{table(alone)}"])


def table(values: Sequence[Value]) -> str:
    """Return values as a table; one whose keys are told one by one shows no default."""
    told = {each.path[:-1] for each in values}
    rows = [
        f"| `{'.'.join(each.path)}` | {'' if each.path in told else shown(each.default)} | {each.comment} |"
        for each in values
    ]
    return "\n".join(["| value | default | what it is |", "| --- | --- | --- |", *rows, ""])


def shown(default: Any) -> str:
    """Return a default as JSON, with no bar that would end the cell."""
    return f"`{json.dumps(default, ensure_ascii=False)}`".replace("|", r"\|")


def main(arguments: Sequence[str]) -> int:
    """Write the file, or tell whether it is current."""
    parser = argparse.ArgumentParser(prog="python -m helm.readme", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether it is current")
    chosen = parser.parse_args(arguments)
    target = CHART / "README.md"
    wanted = readme((CHART / "values.yaml").read_text(encoding="utf-8"))
    if chosen.check:
        return int(not target.exists() or target.read_text(encoding="utf-8") != wanted)
    target.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
