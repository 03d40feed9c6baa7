"""Codes that mean: the connection itself is wrong, for every mailbox."""

from __future__ import annotations

from exchange_sync.source.ews.codes.rule import Consequence, Rule, same

_CREDENTIALS = Rule(
    Consequence.INTEGRATION,
    "invalid_exchange_credentials",
    "Check the login and password of the connection; renew them if they have expired.",
)
_EXPIRED = Rule(
    Consequence.INTEGRATION,
    "invalid_exchange_credentials",
    "The service account's password has expired or must be changed: set a new one, then enter it in the connection.",
)
_IMPERSONATION = Rule(
    Consequence.INTEGRATION,
    "app_access_insufficient_scopes",
    "Exchange does not accept the service account for impersonation: give it the ApplicationImpersonation role, "
    "or choose delegate access.",
)
_BLOCKED = Rule(
    Consequence.INTEGRATION,
    "app_access_insufficient_scopes",
    "The organisation blocks this application's access by EWS: ask the Exchange administrator to allow it.",
)
_ACCOUNT = Rule(
    Consequence.INTEGRATION,
    "invalid_exchange_credentials",
    "Exchange does not accept the service account as it is set up: check it in Active Directory.",
)
_REQUEST = Rule(
    Consequence.REQUEST,
    "unknown_forbidden_error",
    "The server refuses a request as malformed: check the build of the connection; if it is right, report this as a "
    "fault of Exchange Sync.",
)
_VERSION = Rule(
    Consequence.VERSION,
    "invalid_exchange_credentials",
    "The server does not speak the EWS version that was declared: clear the build of the connection, or correct it.",
)

TABLE: dict[str, Rule] = {
    **same(_EXPIRED, "ErrorPasswordChangeRequired ErrorPasswordExpired"),
    **same(
        _CREDENTIALS,
        """ErrorInvalidAuthorizationContext ErrorInvalidClientSecurityContext ErrorInvalidCrossForestCredentials
        ErrorInvalidLogonType ErrorInvalidNetworkServiceContext ErrorInvalidProxySecurityContext
        ErrorInvalidSerializedAccessToken ErrorLogonAsNetworkServiceFailed ErrorTokenSerializationDenied
        ErrorInvalidClientAccessTokenRequest ErrorNoOAuthServerAvailableForRequest ErrorInvalidSid ErrorInvalidUserSid
        ErrorInvalidUserSidMissingUPN ErrorInvalidSecurityDescriptor ErrorGetServerSecurityDescriptorFailed""",
    ),
    **same(
        _IMPERSONATION,
        """ErrorImpersonationFailed ErrorInvalidExchangeImpersonationHeaderData ErrorInvalidManagementRoleHeader
        ErrorMoreThanOneAccessModeSpecified ErrorAccessModeSpecified""",
    ),
    **same(_BLOCKED, "ErrorOrganizationAccessBlocked ErrorUserNotAllowedByPolicy ErrorPermissionNotAllowedByPolicy"),
    **same(_ACCOUNT, "ErrorCallerIsInvalidADAccount ErrorAccountSuspend ErrorAccountSuspendShowTierUpgrade"),
    **same(
        _VERSION,
        """ErrorInvalidServerVersion ErrorIncorrectSchemaVersion ErrorInvalidSchemaVersionForMailboxVersion
        ErrorWrongServerVersion ErrorWrongServerVersionDelegate""",
    ),
    **same(
        _REQUEST,
        """ErrorSchemaValidation ErrorInvalidRequest ErrorInvalidArgument ErrorInvalidOperation ErrorMissingArgument
        ErrorDuplicateSOAPHeader ErrorInvalidPropertyRequest ErrorInvalidPropertyForOperation
        ErrorInvalidPropertyForExists ErrorInvalidPropertySet ErrorInvalidExtendedProperty
        ErrorInvalidExtendedPropertyValue ErrorNoPropertyTagForCustomProperties ErrorUnsupportedMapiPropertyType
        ErrorUnsupportedPropertyDefinition ErrorUnsupportedPathForQuery ErrorUnsupportedPathForSortGroup
        ErrorUnsupportedQueryFilter ErrorUnsupportedSubFilter ErrorUnsupportedTypeForConversion
        ErrorUnsupportedCulture ErrorInvalidRestriction ErrorRestrictionTooLong ErrorRestrictionTooComplex
        ErrorContainsFilterWrongType ErrorInvalidExcludesRestriction ErrorInvalidExpressionTypeForSubFilter
        ErrorInvalidSubfilterType ErrorInvalidSubfilterTypeNotAttendeeType
        ErrorInvalidSubfilterTypeNotRecipientType ErrorInvalidAttachmentSubfilter
        ErrorInvalidAttachmentSubfilterTextFilter ErrorInvalidRecipientSubfilter
        ErrorInvalidRecipientSubfilterComparison ErrorInvalidRecipientSubfilterOrder
        ErrorInvalidRecipientSubfilterTextFilter ErrorInvalidIndexedPagingParameters
        ErrorInvalidFractionalPagingParameters ErrorInvalidPagingMaxRows ErrorInvalidTimeInterval
        ErrorInvalidInternetHeaderChildNodes ErrorInvalidValueForProperty ErrorValueOutOfRange ErrorTimeZone
        ErrorQueryFilterTooLong ErrorInvalidLikeRequest ErrorWebRequestInInvalidState ErrorRequestStreamTooBig
        ErrorResultSetTooBig ErrorResolveNamesInvalidFolderType ErrorResolveNamesOnlyOneContactsFolderAllowed""",
    ),
}
