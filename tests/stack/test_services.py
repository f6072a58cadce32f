"""The services of one machine and what they are given."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stack import services
from stack.settings import ROOT, StackSettings
from stack.supervisor import Service


@pytest.mark.parametrize("service", [services.gateway, services.worker])
def test_requests_under_way_may_end_before_the_gateway_is_killed(
    service: Callable[[StackSettings], Service], tmp_path: Path
) -> None:
    text = (ROOT / "gateway" / "gunicorn.conf.py").read_text(encoding="utf-8")
    told = re.search(r"^graceful_timeout = (\d+)$", text, re.MULTILINE)
    assert told is not None
    assert service(StackSettings(ki67_var=tmp_path)).grace_s > int(told.group(1))
