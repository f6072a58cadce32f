"""Messages out: an SMTP server's, or files in a folder on a developer's machine, behind one interface."""

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol

import structlog

from gateway.database import new_id, now
from gateway.settings import Settings

_log = structlog.get_logger("gateway.mail")


class MailError(Exception):
    """A message did not leave."""


class Mailer(Protocol):
    """Sends messages."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one; raises MailError."""


class FolderMailer:
    """Writes each message to a file that only its owner reads. Not for production: nobody gets them."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder, self._sender = folder, sender

    def send(self, to: str, subject: str, text: str) -> None:
        """Write one message."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{now():%Y%m%dT%H%M%S%f}-{new_id()[:8]}.eml"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(bytes(_message(self._sender, to, subject, text)))
        _log.warning("mail_only_written_to_a_file", folder=str(self.folder), hint="GATEWAY_MAILER=smtp sends")


class SmtpMailer:
    """Hands messages to a mail server, over TLS unless the settings say otherwise."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one message; raises MailError."""
        try:
            with self._connected() as server:
                if self._settings.smtp_security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self._settings.smtp_user and self._settings.smtp_password:
                    server.login(self._settings.smtp_user, self._settings.smtp_password.get_secret_value())
                server.send_message(_message(self._settings.mail_from, to, subject, text))
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(type(error).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host or "", self._settings.smtp_port
        seconds = self._settings.smtp_seconds
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=seconds)


def make_mailer(settings: Settings) -> Mailer:
    """Return what the settings ask for."""
    if settings.mailer == "smtp":
        return SmtpMailer(settings)
    return FolderMailer(settings.folder / "log" / "mail", settings.mail_from)


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="ki67.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
