"""The comment suite: what must hold of every row before it is loaded, checked by Great Expectations once a part.

Results name rows and expectations, never values: a value would be mail content.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

import pandas as pd

from exchange_sync.errors import SoftwareFault
from exchange_sync.model.cleaned import TEXT_LIMIT

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

SUITE = "comment"
_ID = r"^(?:[0-9a-f][0-9a-f])+(?:-[0-9a-f]{16})?$"
ID_LIMIT = 1_024  # the mirrored API's (reference 2.1)
_NO_NUL = "^[^\\x00]*$"
_EARLIEST = pd.Timestamp("1970-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")


def failing_rows(frame: pd.DataFrame) -> dict[int, str]:
    """The rows of an enriched part that may not be loaded: origin_id → the name of the expectation that failed.

    Raises SoftwareFault when an expectation could not be checked at all.
    """
    if frame.empty:
        return {}
    indexed = frame.set_index(frame["origin_id"].astype("int64").rename(None))
    result = (
        _definition().get_batch(batch_parameters={"dataframe": indexed}).validate(_suite(), result_format="COMPLETE")
    )
    failing: dict[int, str] = {}
    for outcome in result.results:
        if outcome.success:
            continue
        config = outcome.expectation_config
        name = f"{config.type}({config.kwargs.get('column')})"
        if not outcome.result:  # it raised: whether the rows fit is not known
            raise SoftwareFault(f"the expectation {name} could not be checked: nothing of this part is loaded")
        for origin_id in outcome.result.get("unexpected_index_list") or []:
            failing.setdefault(int(origin_id), name)
    return failing


@cache
def _context() -> Any:
    import great_expectations as gx

    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


@cache
def _definition() -> Any:
    source = _context().data_sources.add_pandas("parts")
    return source.add_dataframe_asset("enriched").add_batch_definition_whole_dataframe("part")


@cache
def _suite() -> Any:
    import great_expectations as gx

    x = gx.expectations
    expectations = [
        x.ExpectColumnValuesToNotBeNull(column=column)
        for column in ("comment_id", "message_id", "timestamp", "thread_id", "user_properties", "messages", "body")
    ]
    expectations.append(x.ExpectColumnValuesToMatchRegex(column="comment_id", regex=_ID))
    expectations.append(x.ExpectColumnValueLengthsToBeBetween(column="comment_id", max_value=ID_LIMIT))
    expectations.append(x.ExpectColumnValuesToBeBetween(column="timestamp", min_value=_EARLIEST, max_value=_LATEST))
    for column in ("body", "subject", "quoted"):
        expectations.append(x.ExpectColumnValueLengthsToBeBetween(column=column, max_value=TEXT_LIMIT))
        expectations.append(x.ExpectColumnValuesToMatchRegex(column=column, regex=_NO_NUL))
    return _context().suites.add(gx.ExpectationSuite(name=SUITE, expectations=expectations))
