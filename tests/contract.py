"""What the API promises, beside what it answers."""

from collections import defaultdict
from functools import cache

import jsonschema_rs
import schemathesis

from infra.docs.openapi import openapi


class Contract:
    """Hears answers and keeps those that are not as the OpenAPI document says: by operation, each difference once."""

    def __init__(self):
        self.document = openapi()
        self._operations = schemathesis.openapi.from_dict(self.document)
        self._shape = cache(self._shape)
        self.answers = 0
        self.broken = defaultdict(set)

    def heard(self, answer):
        """``answer``: of httpx, read to its end."""
        asked, kind = answer.request, answer.headers.get("Content-Type", "").partition(";")[0]
        operation = self._operations.find_operation_by_path(asked.method, asked.url.path)
        if operation is None:
            self.broken[f"{asked.method} {asked.url.path}"].add("is not described")
            return
        self.answers += 1
        shape = self._shape(operation.path, operation.method, answer.status_code, kind)
        if shape is None:
            self.broken[operation.label].add(f"{answer.status_code} as {kind} is not described")
        elif kind.endswith("json"):
            for error in shape.iter_errors(answer.json()):
                place = ".".join(str(step) for step in error.schema_path if isinstance(step, str))
                self.broken[operation.label].add(f"{answer.status_code} {place}: {error.message[:80]}")

    def _shape(self, path, method, status, kind):
        responses = self.document["paths"][path][method]["responses"]
        told = responses.get(str(status), responses["default"])
        if "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        if kind not in told["content"]:
            return None
        schema = {**told["content"][kind]["schema"], "components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(schema)
