"""What a caller is told when something is wrong: problem+json after RFC 9457, a stable code, and nothing internal."""

import json
from http import HTTPStatus
from typing import Any

import structlog
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from shared.core import errors
from shared.runtime.app import BadToken
from shared.runtime.auth import Unauthenticated
from shared.runtime.parking import NotProposed

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = "1"
STATUS: dict[type[Exception], HTTPStatus] = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.RuleBroken: HTTPStatus.CONFLICT,
    errors.Contended: HTTPStatus.CONFLICT,
    NotProposed: HTTPStatus.CONFLICT,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadToken: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotYetVisible: HTTPStatus.SERVICE_UNAVAILABLE,
}
log = structlog.get_logger()


class BadRequest(errors.LiandongError):
    """The request cannot be read at all."""

    def __init__(self, code: str, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(code, message)
        self.status = status


def answer_to(error: Exception) -> Response:
    """The answer to an error; a bug is logged here, and told as one word."""
    if isinstance(error, ValidationError):
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            "Some fields are not as they must be; each is named under errors.",
            errors=error.messages_dict,
        )
    if isinstance(error, BadRequest):
        return problem(error.status, error.code, error.message)
    if isinstance(error, errors.LiandongError):
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
        extra = {"rule": error.rule, **error.named} if isinstance(error, errors.RuleBroken) else {}
        return problem(status, error.code, error.message, **extra)
    log.error("request_failed", exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side. Your request may be sent again.",
    )


def problem(status: HTTPStatus, code: str, detail: str, **extra: Any) -> Response:
    """An answer after RFC 9457; ``code`` is stable, nothing internal is told."""
    body = {"type": f"urn:liandong:problem:{code}", "title": status.phrase, "status": status, "code": code}
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        json.dumps(body | {"detail": detail} | extra, ensure_ascii=False),
        status=status,
        content_type=PROBLEM,
        headers=headers,
    )
