"""The watermarks' home in Airflow: one Variable per mailbox (design decision 5)."""

from __future__ import annotations

from airflow.sdk import Variable

from exchange_sync.model.names import split_name, variable_key

DESCRIPTION = (
    "How far this mailbox has been synced; written after every run. You may lower synced_until (that span is read "
    "again), or delete this Variable (everything is listed again; only what is missing is downloaded). "
    "Leave generation alone."
)


class VariableWatermarks:
    """The pipeline's port, answered by Airflow Variables. To be used inside a task."""

    def read(self, integration: str, mailbox: str) -> str | None:
        """The Variable's text as it stands; None where there is none."""
        text = Variable.get(_key(integration, mailbox), default=None)
        return None if text is None else str(text)

    def replace(self, integration: str, mailbox: str, expected: str | None, new: str) -> bool:
        """Write new where the Variable still holds what was read; False, and nothing written, where it does not.

        Airflow offers no compare-and-set, so an edit within these few milliseconds may be lost. No mail can be: the
        batch protocol in PostgreSQL decides which generation counts, and the older of the two wins.
        """
        if self.read(integration, mailbox) != expected:
            return False
        if new != expected:
            Variable.set(_key(integration, mailbox), new, description=DESCRIPTION)
        return True


def _key(integration: str, mailbox: str) -> str:
    owner, name = split_name(integration, "integration")
    return variable_key(owner, name, mailbox)
