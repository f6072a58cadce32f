"""Mails as their readers get them: the links that a running service writes into its mail folder."""

import email
import re
from email import policy
from pathlib import Path

from tests.system.test_run import wait_until
from tests.web.site import Site

_LINK = re.compile(r"^http://\S+#\S+$", re.MULTILINE)
_PATIENCE_S = 20.0


def link_to(site: Site, address: str, page: str) -> str:
    """Wait for a mail to that address with a link to that page; return the newest one's link."""
    wait_until(lambda: bool(_links(site, address, page)), _PATIENCE_S)
    return _links(site, address, page)[-1]


def _links(site: Site, address: str, page: str) -> list[str]:
    found: list[str] = []
    for file in sorted((site.var / "log" / "mail").glob("*.eml")):
        found += [link for link in _links_in(file, address) if f"/{page}#" in link]
    return found


def _links_in(file: Path, address: str) -> list[str]:
    mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    return _LINK.findall(mail.get_content()) if mail["To"] == address else []
