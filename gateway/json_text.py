"""JSON as the API writes it: documents in, UTF-8 by orjson out, in a tenth of the time for many nuclei."""

from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider


class QuickJson(DefaultJSONProvider):
    """Writes the documents of answers; reads, and does all else, as Flask does."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a document as an answer, its names in the order they have."""
        document = self._prepare_response_obj(args, kwargs)
        return Response(orjson.dumps(document, default=self.default), mimetype=self.mimetype)
