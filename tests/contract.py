"""What the API promises, beside what it answers."""

import schemathesis
from schemathesis.core.failures import FailureGroup

from infra.docs.openapi import openapi


class Contract:
    """Hears answers and keeps those that are not as the OpenAPI document says."""

    def __init__(self):
        self.document = openapi()
        self._schema = schemathesis.openapi.from_dict(self.document)
        self.answers = 0
        self.broken = {}

    def heard(self, answer):
        """``answer``: of httpx, read to its end."""
        asked = answer.request
        operation = self._schema.find_operation_by_path(asked.method, asked.url.path)
        if operation is None:
            self.broken[asked.method, asked.url.path] = "no such operation is described"
            return
        self.answers += 1
        try:
            operation.validate_response(answer)
        except FailureGroup as group:
            self.broken[operation.label] = "; ".join(f"{one.title}: {one.message}" for one in group.exceptions)
