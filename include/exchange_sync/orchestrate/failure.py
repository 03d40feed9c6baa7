"""How an expected failure reads in a task's log: its reason as the last line, instead of a page of traceback.

Airflow prints every exception with a dozen frames of its own, and folds whatever follows away. It prints one line
only for SystemExit, so that is what an expected failure is; the callback then says why, outside the folded part.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow.exceptions import AirflowException

from exchange_sync import disk
from exchange_sync.errors import ExchangeSyncError

log = logging.getLogger(__name__)


class TaskFailed(SystemExit):
    """Ends a task red, with a reason for people. The reason holds no mail content and no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(1)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class NotNow(TaskFailed):
    """A failure that passes by itself: Airflow tries the task again, where it has retries. after: seconds to wait."""

    def __init__(self, reason: str, after: float) -> None:
        super().__init__(reason)
        self.after = after


@contextmanager
def told_by_place() -> Iterator[None]:
    """What nobody expected ends a task red by its type and place: its text, which a traceback shows, may be mail."""
    try:
        yield
    except (AirflowException, ExchangeSyncError):
        raise
    except Exception as error:  # noqa: BLE001 - it is told, and the task is red
        from exchange_sync.pipeline.unexpected import code_of

        told = disk.of(error)
        if told is not None:
            raise TaskFailed(str(told)) from None
        raise TaskFailed(code_of(error)) from None


def say_why(context: Mapping[str, Any]) -> None:
    """A task's on_failure_callback and on_retry_callback.

    Airflow runs it in the task's process, inside the group "Post Execute".
    """
    failure = context.get("exception")
    if not isinstance(failure, TaskFailed):
        return
    logging.getLogger("task").info("::endgroup::")  # Airflow's own mark: what follows is not folded away
    log.error("%s", failure.reason)
