"""Where everything of one local stack lies: below one private directory, by default .local in the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Layout:
    """The places of one stack. ``local`` holds all its state and may be removed as a whole when it is stopped."""

    local: Path = ROOT / ".local"

    @property
    def postgres(self) -> Path:
        """The embedded server's facts; its data too, unless root runs the stack."""
        return self.local / "postgres"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.local / "airflow"

    @property
    def product(self) -> Path:
        """EXCHANGE_SYNC_HOME: blobs, staging, the snapshot of integrations."""
        return self.local / "exchange-sync"

    @property
    def simulator(self) -> Path:
        """The simulator's mailboxes, certificate authority and simulator.json."""
        return self.local / "simulator"

    @property
    def run(self) -> Path:
        """Which processes run: one small file each."""
        return self.local / "run"

    @property
    def logs(self) -> Path:
        """What the long-running processes print."""
        return self.local / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords, keys and ports, made once and kept."""
        return self.local / "secrets.json"

    @property
    def unpaused(self) -> Path:
        """Exists once the demo's DAG was unpaused."""
        return self.local / "unpaused"

    @property
    def mail(self) -> Path:
        """Names the mail that the simulator was filled from."""
        return self.local / "mail.json"

    @property
    def facts(self) -> Path:
        """demo.json: addresses and log-ins, for people and programs."""
        return self.local / "demo.json"

    @property
    def variables(self) -> Path:
        """Shell lines for a terminal whose commands shall find this stack."""
        return self.local / "env"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops the stack."""
        return self.local / "lock"


def script(name: str) -> str:
    """The full path of a console script in the virtual environment, such as ``exchange-sync``."""
    return str(ROOT / ".venv" / "bin" / name)
