"""`python -m tests.helm.snapshot`: writes what the defaults render to, so that a change of the chart is seen.

Drawn keys stand as "drawn".
"""

import yaml

from tests.helm.rendering import objects
from tests.imports import ROOT

FILE = ROOT / "tests" / "helm" / "defaults.yaml"


def snapshot() -> str:
    """Return all objects of the defaults as YAML, sorted by kind and name."""
    found = sorted(objects({}), key=lambda each: (each.kind, each.name))
    for each in found:
        if each.kind == "Secret":
            each.body["data"] = dict.fromkeys(each.body["data"], "drawn")
    return yaml.safe_dump_all((each.body for each in found), sort_keys=True, width=110)


if __name__ == "__main__":
    FILE.write_text(snapshot(), encoding="utf-8")
