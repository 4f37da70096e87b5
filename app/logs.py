"""Logging: one line an event, for people or as JSON; control characters never reach the terminal."""

import logging
import sys

import structlog


def set_up(log_format: str) -> None:
    """Log to stderr, as text or as JSON lines."""
    last = structlog.processors.JSONRenderer() if log_format == "json" else _text_renderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)r"
    )


def _text_renderer() -> structlog.typing.Processor:
    # LogfmtRenderer escapes newlines; keys in this order come first
    return structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event"], drop_missing=True
    )
