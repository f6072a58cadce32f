"""A wrong value is refused with its key named; what is documented, checked and used is the same."""

import json
import re
from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml

from helm.readme import CHART
from tests.helm.rendering import Json, merged, templates, written

WRONG: dict[str, tuple[Json, str]] = {
    "an unknown part": ({"gatway": {}}, "gatway"),
    "an unknown key": ({"gateway": {"replica": 2}}, "replica"),
    "an unknown key deep inside": ({"gateway": {"ingress": {"hosts": []}}}, "hosts"),
    "a word for a number": ({"gateway": {"replicas": "two"}}, "/gateway/replicas"),
    "no replicas": ({"torchserve": {"replicas": 0}}, "/torchserve/replicas"),
    "a number for a quantity": (
        {"worker": {"resources": {"limits": {"memory": 1}}}},
        "/worker/resources/limits/memory",
    ),
    "a wrong unit": ({"persistence": {"size": "20GB"}}, "/persistence/size"),
    "another database": ({"database": {"kind": "mysql"}}, "/database/kind"),
    "another scaler": ({"torchserve": {"autoscaling": {"kind": "cron"}}}, "/torchserve/autoscaling/kind"),
    "a tag that moves": ({"gateway": {"image": {"tag": "latest"}}}, "/gateway/image/tag"),
    "a digest cut short": ({"gateway": {"image": {"digest": "sha256:12"}}}, "/gateway/image/digest"),
    "an address in the clear": ({"gateway": {"publicUrl": "http://ki67.example"}}, "/gateway/publicUrl"),
    "an archive without a hash": (
        {"torchserve": {"archives": [{"version": "1.2", "url": "https://a/b.mar"}]}},
        "/torchserve/archives/0",
    ),
    "an archive in the clear": (
        {"torchserve": {"archives": [{"version": "1.2", "url": "http://a/b.mar", "sha256": "0" * 64}]}},
        "/torchserve/archives/0/url",
    ),
    "half a device": ({"torchserve": {"gpu": {"count": 0.5}}}, "/torchserve/gpu/count"),
    "a setting of nobody": ({"gateway": {"settings": {"PYTHONPATH": "."}}}, "/gateway/settings"),
    "a setting that is no text": (
        {"gateway": {"settings": {"GATEWAY_THREADS": 8}}},
        "/gateway/settings/GATEWAY_THREADS",
    ),
    "a port beyond all": ({"mail": {"smtp": {"port": 70000}}}, "/mail/smtp/port"),
    "a bucket without s3": ({"objects": {"s3": {"url": "https://bucket"}}}, "/objects/s3/url"),
    "a peer that is none": ({"network": {"clients": [{"cidr": "10.0.0.0/8"}]}}, "/network/clients/0"),
    "an unknown log level": ({"gateway": {"logLevel": "loud"}}, "/gateway/logLevel"),
    "no version": ({"torchserve": {"versions": []}}, "/torchserve/versions"),
}
TOGETHER: dict[str, tuple[Json, str]] = {
    "PostgreSQL without its Secret": ({"database": {"kind": "external"}}, "database.external.secret"),
    "a bucket without a name": ({"objects": {"kind": "s3"}}, "objects.s3.url"),
    "SQLite on several nodes": ({"persistence": {"accessMode": "ReadWriteMany"}}, "persistence.accessMode"),
    "mail without a server": ({"mail": {"kind": "smtp"}}, "mail.smtp.host"),
    "OpenID without an address": ({"oidc": {"issuer": "https://login.example"}}, "gateway.publicUrl"),
    "a route of no Gateway": ({"gateway": {"route": {"enabled": True}}}, "gateway.route.parentRefs"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_value_is_refused_with_its_key(mistake: str) -> None:
    values, key = WRONG[mistake]
    with pytest.raises(helm_python.HelmValuesError) as caught:
        templates(values)
    assert key in str(caught.value)


@pytest.mark.parametrize("mistake", TOGETHER)
def test_values_that_do_not_go_together_are_refused_with_their_key(mistake: str) -> None:
    values, key = TOGETHER[mistake]
    with pytest.raises(helm_python.HelmError) as caught:
        templates(values)
    assert key in str(caught.value)


def schema() -> Json:
    return dict(json.loads((CHART / "values.schema.json").read_text("utf-8")))


def resolved(node: Json) -> Json:
    reference = node.get("$ref")
    return schema()["definitions"][reference.rpartition("/")[2]] if reference else node


def keys_of_schema(node: Json, path: str = "") -> Iterator[str]:
    for name, below in resolved(node).get("properties", {}).items():
        yield f"{path}{name}"
        yield from keys_of_schema(below, f"{path}{name}.")


def keys_of_values(values: Any, path: str = "") -> Iterator[str]:
    for name, below in values.items() if isinstance(values, dict) else ():
        yield f"{path}{name}"
        yield from keys_of_values(below, f"{path}{name}.")


def test_the_schema_knows_what_the_values_have_and_nothing_else() -> None:
    free = ("resources.requests", "resources.limits", "labels.", "metadata", "prometheus.")
    known = {key for key in keys_of_schema(schema()) if key != "global"}
    told = set(keys_of_values(yaml.safe_load(written(CHART / "values.yaml"))))
    assert {key for key in told if not any(word in key for word in free)} == {
        key for key in known if not any(word in key for word in free)
    }


def test_every_object_of_the_schema_is_closed() -> None:
    def objects(node: Any) -> Iterator[Json]:
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object":
                yield node
            for below in node.values():
                yield from objects(below)

    found = list(objects(schema()))
    assert len(found) > 30
    assert all(each["additionalProperties"] is False for each in found)


def test_templates_use_no_value_that_is_not_there() -> None:
    values = set(keys_of_values(yaml.safe_load(written(CHART / "values.yaml"))))
    for template in (CHART / "templates").rglob("*.*"):
        for used in re.findall(r"\.Values\.([a-zA-Z0-9.]+)", written(template)):
            assert used.rstrip(".") in values, f"{template.name}: {used}"


def test_every_value_is_used() -> None:
    texts = "\n".join(written(template) for template in (CHART / "templates").rglob("*.*"))
    values = yaml.safe_load(written(CHART / "values.yaml"))
    for key in keys_of_values(values):
        if not key.startswith("network.prometheus."):
            assert re.search(rf"\.{key.rpartition('.')[2]}\b", texts) or is_rendered_whole(key), key


def is_rendered_whole(key: str) -> bool:
    return key.split(".")[-2] in {"requests", "limits", "rollingUpdate", "labels"} or key.endswith(
        "grafana_dashboard"
    )


def test_profiles_are_laid_over_each_other_mapping_by_mapping() -> None:
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}) == {"a": {"b": 3, "c": 2}}
