"""Forms with files: fields and files in, content type and body out."""

import uuid
from collections.abc import Iterable, Mapping

BOUNDARY = uuid.uuid5(uuid.NAMESPACE_OID, "loadtest").hex
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(fields: Mapping[str, str], files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the body of a POST; each file, a name and its bytes, is an `images`."""
    parts: list[bytes] = []
    for name, value in fields.items():
        parts += [_head(f'name="{name}"'), value.encode(), b"\r\n"]
    for name, data in files:
        head = _head(f'name="images"; filename="{name}"', "Content-Type: application/octet-stream\r\n")
        parts += [head, data, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _head(disposition: str, more: str = "") -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n".encode()
