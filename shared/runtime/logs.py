"""Structured logs: one JSON object a line on standard error, with the correlation id of what is being done."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor


def configure_logs(process: str, level: str = "INFO") -> None:
    """Set up logging of a process; libraries' own loggers speak from WARNING on, in the same form."""

    def name_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {**event, "process": process}

    shared: list[Processor] = [
        name_process,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    # nameko tells of every refused request as an error, with its trace; those are answered, and bugs logged, by us.
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)
    # pika tells of each failed connection in many lines; its exception reaches us, and is told in one.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
