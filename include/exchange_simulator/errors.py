"""What can go wrong in the simulator, by who must hear of it.

SimulatorError
├── UsageError   a caller of the store, the control API or the command line asked for something that cannot be
└── EwsError     an Exchange client asked for something that Exchange refuses; carries the response code
"""

from __future__ import annotations


class SimulatorError(Exception):
    """Base of all errors the simulator raises on purpose."""


class UsageError(SimulatorError):
    """A caller named something that does not exist or does not fit; the message says what, and what would fit."""


class EwsError(SimulatorError):
    """What an Exchange client is answered instead of a result.

    code: an EWS response code, such as ``ErrorFolderNotFound``.
    fault: True when Exchange answers the whole request with a SOAP fault (HTTP 500), False when only the part that
    failed gets an error message among the others.
    values: the name/value pairs of the answer's MessageXml, such as ``BackOffMilliseconds``.
    bare: True leaves out the empty elements (SyncState...) that Exchange mostly sends along with an error.
    """

    def __init__(
        self, code: str, message: str, *, fault: bool = False, values: dict[str, str] | None = None, bare: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fault = fault
        self.values = values or {}
        self.bare = bare
