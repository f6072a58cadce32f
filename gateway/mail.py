"""Mails to people: an address, a subject and a text in; by default a file out, for want of a mail server."""

import os
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from gateway.database import new_id


class Mailer(Protocol):
    """Sends plain mails."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one mail, or raise."""


class FolderMailer:
    """Writes every mail into a folder, readable by its owner only; for one machine, nobody receives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, to: str, subject: str, text: str) -> None:
        """Write one mail as RFC 5322 would carry it."""
        message = EmailMessage()
        message["To"], message["Subject"] = to, subject
        message.set_content(text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{new_id()}.eml"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(message.as_bytes())
