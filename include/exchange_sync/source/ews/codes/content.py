"""Codes of one folder, one sync state or one item. The rest of the mailbox is sound."""

from __future__ import annotations

from exchange_sync.source.ews.codes.rule import Consequence, Rule, same

_FOLDER = Rule(
    Consequence.FOLDER,
    "mailbox_inbox_not_found",
    "The folder is gone or hidden: check that the mailbox has an Inbox that the service account may read.",
)
_STATE = Rule(Consequence.STATE, remedy="Nothing to do: the folder is listed afresh by itself.")
_GONE = Rule(Consequence.ITEM_GONE, remedy="Nothing to do: the next listing tells where the email went.")
_ITEM = Rule(Consequence.ITEM, remedy="Open the email in Outlook; if it opens there, retry it from the quarantine.")

TABLE: dict[str, Rule] = {
    "NoError": Rule(Consequence.SUCCESS),
    **same(
        _FOLDER,
        """ErrorFolderNotFound ErrorSyncFolderNotFound ErrorManagedFolderNotFound ErrorParentFolderNotFound
        ErrorToFolderNotFound ErrorSavedItemFolderNotFound ErrorInvalidFolderId ErrorFolderCorrupt
        ErrorFolderPropertRequestFailed ErrorCannotUseItemIdForFolderId ErrorInvalidFolderTypeForOperation
        ErrorInvalidParentFolder ErrorParentFolderIdRequired ErrorSearchFolderNotInitialized
        ErrorCannotGetSourceFolderPath ErrorNoPublicFolderReplicaAvailable ErrorNoPublicFolderServerAvailable
        ErrorOperationNotAllowedWithPublicFolderRoot ErrorPublicFolderMailboxDiscoveryFailed
        ErrorPublicFolderOperationFailed ErrorPublicFolderRequestProcessingFailed ErrorPublicFolderServerNotFound
        ErrorPublicFolderSyncException ErrorManagedFoldersRootFailure""",
    ),
    **same(_STATE, "ErrorInvalidSyncStateData"),
    **same(_GONE, "ErrorItemNotFound"),
    **same(
        _ITEM,
        """ErrorInvalidId ErrorInvalidIdEmpty ErrorInvalidIdMalformed ErrorInvalidIdMalformedEwsLegacyIdFormat
        ErrorInvalidIdMonikerTooLong ErrorInvalidIdNotAnItemAttachmentId ErrorInvalidIdReturnedByResolveNames
        ErrorInvalidIdStoreObjectIdTooLong ErrorInvalidIdTooManyAttachmentLevels ErrorInvalidIdXml
        ErrorInvalidAttachmentId ErrorInvalidChangeKey ErrorChangeKeyRequired ErrorCannotUseFolderIdForItemId
        ErrorItemCorrupt ErrorCorruptData ErrorItemPropertyRequestFailed ErrorContentConversionFailed
        ErrorMimeContentConversionFailed ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String
        ErrorUnsupportedMimeConversion ErrorMessageSizeExceeded ErrorDataSizeLimitExceeded ErrorVirusDetected
        ErrorVirusMessageDeleted ErrorObjectTypeChanged ErrorPropertyValidationFailure ErrorRequiredPropertyMissing
        ErrorAttachmentNestLevelLimitExceeded ErrorAttachmentSizeLimitExceeded ErrorCannotOpenFileAttachment
        ErrorMessageBlocked ErrorRecurrenceHasNoOccurrence ErrorUnsupportedRecurrence ErrorCalendarOutOfRange
        ErrorCalendarInvalidPropertyState ErrorCalendarInvalidPropertyValue ErrorCalendarInvalidRecurrence
        ErrorCalendarInvalidTimeZone ErrorCalendarDurationIsTooLong ErrorCalendarEndDateIsEarlierThanStartDate
        ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange ErrorCalendarOccurrenceIsDeletedFromRecurrence
        ErrorOccurrenceCrossingBoundary ErrorOccurrenceTimeSpanTooBig ErrorRecurrenceEndDateTooBig""",
    ),
}
