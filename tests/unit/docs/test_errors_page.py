"""docs/reference/errors.md says what the tables of codes say, and the tables know every kind they should."""

from exchange_sync.source.ews.codes import RULES
from exchange_sync.source.ews.codes.rule import Consequence

from tests.support.errors_page import LEVELS, PAGE, page

MIRRORED = {
    "mailbox_not_found", "invalid_exchange_credentials", "comment_quota_hit", "mailbox_inbox_not_found",
    "mailbox_removed", "app_access_insufficient_scopes", "unknown_forbidden_error",
    "mailbox_primary_address_not_found", "syncemail_consumption_limit_exceeded", "mailbox_access_denied",
    "mailbox_invalid_license",
}  # fmt: skip


def test_the_page_is_what_the_tables_say() -> None:
    """Out of date? Run: python -m tests.support.errors_page"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_can_disable_bears_a_kind_of_the_mirrored_product_and_a_remedy() -> None:
    for code, rule in RULES.items():
        if rule.consequence in LEVELS:
            assert rule.kind in MIRRORED, code
        if rule.consequence in (Consequence.INTEGRATION, Consequence.MAILBOX, Consequence.DENIED):
            assert rule.remedy.endswith("."), code


def test_the_page_names_every_kind_of_the_mirrored_product() -> None:
    text = page()
    assert [kind for kind in sorted(MIRRORED) if f"{kind}" not in text] == []
