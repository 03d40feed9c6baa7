"""Codes that mean: not now. None of them ever disables anything."""

from __future__ import annotations

from exchange_sync.source.ews.codes.rule import Consequence, Rule, same

BUSY_SECONDS = 30.0
AWAY_SECONDS = 120.0
MOVE_SECONDS = 900.0  # reference 3.3: a mailbox move takes at least a quarter of an hour
_RETRY = "Nothing to do: it is asked again by itself."

_BUSY = Rule(Consequence.BUSY, "syncemail_consumption_limit_exceeded", _RETRY, BUSY_SECONDS)
_AWAY = Rule(Consequence.TRANSIENT, "unknown_forbidden_error", _RETRY, AWAY_SECONDS)
_MOVING = Rule(Consequence.TRANSIENT, "unknown_forbidden_error", _RETRY, MOVE_SECONDS)
_SOON = Rule(Consequence.TRANSIENT, "unknown_forbidden_error", _RETRY, 60.0)

TABLE: dict[str, Rule] = {
    **same(
        _BUSY,
        """ErrorServerBusy ErrorExceededConnectionCount ErrorTooManyObjectsOpened ErrorExceededFindCountLimit
        ErrorInsufficientResources ErrorNotEnoughMemory""",
    ),
    **same(_MOVING, "ErrorMailboxMoveInProgress"),
    **same(
        _AWAY,
        """ErrorMailboxFailover ErrorMailboxStoreUnavailable ErrorMailboxLogonFailed ErrorADUnavailable
        ErrorADOperation ErrorADSessionFilter ErrorCrossSiteRequest ErrorProxyCallFailed
        ErrorProxyRequestProcessingFailed ErrorProxyServiceDiscoveryFailed ErrorProxyTokenExpired
        ErrorProxyGroupSidLimitExceeded ErrorNoApplicableProxyCASServersAvailable
        ErrorNoDestinationCASDueToKerberosRequirements ErrorNoDestinationCASDueToSSLRequirements
        ErrorNoDestinationCASDueToVersionMismatch ErrorNoRespondingCASInDestinationSite ErrorServiceDiscoveryFailed
        ErrorConnectionFailed ErrorDataSourceOperation ErrorAutoDiscoverFailed ErrorMultiLegacyMailboxAccess
        ErrorQuotaExceeded""",
    ),
    **same(
        _SOON,
        """ErrorTimeoutExpired ErrorInternalServerError ErrorInternalServerTransientError ErrorClientDisconnected
        ErrorRequestAborted ErrorBatchProcessingStopped ErrorWin32InteropError ErrorResponseSchemaValidation
        ErrorParsingXMLResponse ErrorInvalidInternetWebProxyOnLocalServer ErrorStaleObject
        ErrorIrresolvableConflict ErrorReadEventsFailed""",
    ),
}
