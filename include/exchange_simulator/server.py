"""The whole simulator: store, EWS over HTTPS, control API, in threads of this process."""

from __future__ import annotations

import base64
import fcntl
import secrets
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import uvicorn
from starlette.types import ASGIApp

from exchange_simulator import tls
from exchange_simulator.calllog import CallLog
from exchange_simulator.control.app import control_app
from exchange_simulator.errors import SimulatorError, UsageError
from exchange_simulator.ews.app import EwsApp
from exchange_simulator.ews.auth import Basic, Gate, Scheme
from exchange_simulator.ews.certificates import ClientCertificate
from exchange_simulator.ews.dispatch import Dispatcher
from exchange_simulator.ews.kerberos import Kerberos
from exchange_simulator.ews.ntlm import Ntlm
from exchange_simulator.ews.oauth import Bearer
from exchange_simulator.ews.versions import generation
from exchange_simulator.faults.plan import FaultPlan
from exchange_simulator.graph.app import GraphApp
from exchange_simulator.graph.limits import Limits, Throttle
from exchange_simulator.protocol import ConnectionProtocol
from exchange_simulator.store import MailboxStore
from exchange_simulator.store.database import Clock, utc_now
from exchange_simulator.tls import TlsSettings

_START_SECONDS = 20.0
SCHEMES = ("basic", "ntlm", "bearer", "certificate", "kerberos")


@dataclass(frozen=True)
class Options:
    """How a simulator runs.

    state: the directory for mail, certificates and tokens; None keeps mail in memory. port, control_port: 0 asks the
    system for a free one. exchange: one of GENERATIONS, such as 2016. username, password: the service account, which
    may read and impersonate every mailbox that has no rule of its own. schemes: the log-ins offered, of SCHEMES.
    tls: how the EWS port speaks TLS.
    """

    state: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    exchange: str = "2016"
    username: str = "svc-sync"
    password: str = ""
    token: str = ""
    clock: Clock = field(default=utc_now)
    schemes: tuple[str, ...] = ("basic",)
    tls: TlsSettings = field(default_factory=TlsSettings)


class Simulator:
    """A running simulated Exchange. Use as a context manager, or start() and stop()."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._temporary = tempfile.TemporaryDirectory(prefix="exchange-simulator-") if options.state is None else None
        self.directory = options.state or Path(self._temporary.name if self._temporary else ".")
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _own(self.directory)
        self.store = MailboxStore(options.state and options.state / "mailboxes.sqlite", clock=options.clock)
        self.calls = CallLog()
        self.faults = FaultPlan()
        self.dispatcher = Dispatcher(self.store, generation(options.exchange), self.faults)
        self.username = options.username
        self.password, self.token = self._secrets()
        self.certificates = tls.prepare(self.directory, options.host, options.tls)
        self.bearer = Bearer(self.store.accounts, options.clock)
        self.application = self._application() if "bearer" in options.schemes else None
        self.gate = Gate([self._scheme(name) for name in options.schemes])
        self.throttle = Throttle(Limits())
        self._threads: list[_Serving] = []
        self.ews_url = self.graph_url = ""
        self.control_url = ""

    @property
    def ca_file(self) -> Path:
        """The certificate clients must trust."""
        return self.certificates.ca_file

    def _secrets(self) -> tuple[str, str]:
        """The service account's password and the control token: given, else as before, else new."""
        password = self.options.password or self.store.accounts.password(self.username) or secrets.token_urlsafe(12)
        token = self.options.token or self.store.meta("control token") or secrets.token_urlsafe(24)
        known = self.store.accounts.password(self.username) is not None
        with self.store.transaction():
            self.store.accounts.set(self.username, password)
            self.store.set_meta("control token", token)
            if not known:
                self.store.accounts.set_rights(self.username, "*", access="full")
                self.store.accounts.set_rights(self.username, "*", access="full", folder="impersonate")
        return password, token

    def _application(self) -> tls.Application:
        """The service account's own certificate for OAuth, which the token endpoint trusts."""
        made = tls.application(self.directory, self.username)
        named = base64.urlsafe_b64encode(bytes.fromhex(made.thumbprint)).rstrip(b"=").decode()
        self.bearer.trust(self.username, made.public_key, named)
        return made

    def _scheme(self, name: str) -> Scheme:
        if name == "basic":
            return Basic(self.store.accounts, "exchange-simulator")
        if name == "ntlm":
            return Ntlm(self.store.accounts, self.certificates.certificate_file)
        if name == "certificate":
            return ClientCertificate(self.store.accounts)
        if name == "kerberos":
            return Kerberos(self.store.accounts, self.certificates.certificate_file)
        if name == "bearer":
            return self.bearer
        raise UsageError(f"unknown log-in {name!r}; expected some of {', '.join(SCHEMES)}")

    def start(self) -> Simulator:
        """Bind both ports and serve. Raises SimulatorError when a port is taken or nothing answers."""
        graph_gate = Gate([self.bearer, Basic(self.store.accounts, "exchange-simulator")])
        graph = GraphApp(self.store, graph_gate, self.calls, self.faults, self.throttle, self.options.clock)
        ews = EwsApp(self.dispatcher, self.gate, self.calls, self.options.clock, self.bearer, graph)
        self.autodiscover = ews.autodiscover
        control = control_app(self.store, self.calls, self.gate, self.faults, self.token, self.bearer, self.throttle)
        files = self.certificates
        asked = ssl.CERT_OPTIONAL if "certificate" in self.options.schemes else ssl.CERT_NONE
        secure: dict[str, Any] = {
            "ssl_certfile": str(files.certificate_file), "ssl_keyfile": str(files.key_file),
            "ssl_ca_certs": str(files.ca_file), "ssl_cert_reqs": asked,
        }  # fmt: skip
        try:
            port = self._serve(ews, self.options.host, self.options.port, secure)
            control_port = self._serve(control, "127.0.0.1", self.options.control_port, {})
        except BaseException:
            self.stop()
            raise
        named = "127.0.0.1" if self.options.host in ("0.0.0.0", "::") else self.options.host
        self.ews_url = f"https://{named}:{port}/EWS/Exchange.asmx"
        self.autodiscover.here = self.ews_url
        self.graph_url = f"https://{named}:{port}"
        self.control_url = f"http://127.0.0.1:{control_port}"
        return self

    def _serve(self, app: ASGIApp, host: str, port: int, secure: dict[str, Any]) -> int:
        serving = _Serving(app, host, port, secure, self.options.tls)
        self._threads.append(serving)
        return serving.port

    def stop(self) -> None:
        """Stop serving and close the store. Harmless when called twice."""
        for serving in self._threads:
            serving.stop()
        self._threads.clear()
        self.store.close()
        self._lock.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Serving:
    """One uvicorn server in a thread."""

    def __init__(self, app: ASGIApp, host: str, port: int, secure: dict[str, Any], settings: TlsSettings) -> None:
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app, loop="asyncio", http=ConnectionProtocol, ws="none", lifespan="off", log_level="warning",
            access_log=False, date_header=False,
            timeout_keep_alive=75, timeout_graceful_shutdown=2, server_header=False,
            **secure,
        )  # fmt: skip
        config.load()
        if config.ssl is not None:
            settings.apply(config.ssl)
        self._server = uvicorn.Server(config)
        run: Callable[[], None] = lambda: self._server.run(sockets=[self._socket])  # noqa: E731
        self._thread = threading.Thread(target=run, name=f"simulator:{self.port}", daemon=True)
        self._thread.start()
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > end or not self._thread.is_alive():
                raise SimulatorError(f"the server on port {self.port} did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()


def _own(directory: Path) -> IO[str]:
    """Hold the state directory alone: two simulators on one state would hand out the same ids."""
    lock = (directory / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise SimulatorError(f"another simulator uses {directory}; stop it, or choose another directory") from None
    return lock


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else asyncio sets no TCP_NODELAY
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise SimulatorError(f"cannot listen on {host}:{port} ({error.strerror}); choose another port, or 0") from None
    bound.listen(128)
    return bound
