"""Codes that mean: this mailbox is wrong, the others are not."""

from __future__ import annotations

from exchange_sync.source.ews.codes.rule import Consequence, Rule, same

_MISSING = Rule(
    Consequence.MAILBOX,
    "mailbox_not_found",
    "Exchange knows no such mailbox: check the spelling of its address.",
)
_REMOVED = Rule(
    Consequence.MAILBOX,
    "mailbox_removed",
    "The mailbox was deleted, disabled or moved away: remove it here, or have it restored.",
)
_ALIAS = Rule(
    Consequence.MAILBOX,
    "mailbox_primary_address_not_found",
    "The address is an alias: use the mailbox's primary SMTP address.",
)
_LICENCE = Rule(
    Consequence.MAILBOX,
    "mailbox_invalid_license",
    "The mailbox has no valid licence: assign one in Exchange.",
)
_RIGHT = Rule(
    Consequence.MAILBOX,
    "mailbox_access_denied",
    "The service account may not read this mailbox: give it the right, or widen the role's scope.",
)
_DENIED = Rule(
    Consequence.DENIED,
    "mailbox_access_denied",
    "The service account may not read this mailbox: give it at least read-only rights on the Inbox.",
)
_ARCHIVE = Rule(
    Consequence.MAILBOX,
    "mailbox_not_found",
    "The mailbox's archive cannot be read: check that it has one, or switch the archive off here.",
)

TABLE: dict[str, Rule] = {
    **same(
        _MISSING,
        """ErrorNonExistentMailbox ErrorInvalidSmtpAddress ErrorInvalidMailbox ErrorCannotFindUser
        ErrorInvalidUserPrincipalName ErrorMissingEmailAddress ErrorMissingExchangePrincipal
        ErrorMailRecipientNotFound ErrorRecipientNotFound ErrorAddressSpaceNotFound ErrorInvalidUserInfo
        ErrorMissingUserIdInformation ErrorLocalServerObjectNotFound ErrorInvalidRoutingType
        ErrorDistinguishedUserNotSupported ErrorDuplicateLegacyDistinguishedName""",
    ),
    **same(_REMOVED, "ErrorAccountDisabled ErrorMailboxConfiguration ErrorUnsupportedUserForExecuteSearch"),
    **same(_ALIAS, "ErrorNonPrimarySmtpAddress ErrorEmailAddressMismatch"),
    **same(_LICENCE, "ErrorInvalidLicense"),
    **same(_RIGHT, "ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorNotDelegate ErrorProxyRequestNotAllowed"),
    **same(_DENIED, "ErrorAccessDenied ErrorInvalidAccessLevel"),
    **same(
        _ARCHIVE,
        """ErrorArchiveFolderPathCreation ErrorArchiveMailboxNotEnabled ErrorArchiveMailboxServiceDiscoveryFailed
        ErrorGetRemoteArchiveFolderFailed ErrorFindRemoteArchiveFolderFailed ErrorGetRemoteArchiveItemFailed""",
    ),
}
