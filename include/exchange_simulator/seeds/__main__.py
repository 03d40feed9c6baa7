"""`python -m exchange_simulator.seeds [YYYY-MM-DD]`: count what the seeds of a day hold, as Markdown tables."""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from exchange_simulator.seeds.api import Folder, SeedReport
from exchange_simulator.seeds.firm import generate
from exchange_simulator.seeds.programs import PROGRAMS


def tables(now: datetime) -> str:
    """The tables of docs/reference/demo-mail.md, measured from the generator."""
    report = SeedReport()
    shared = 0
    for mail in generate(now):
        report.count(mail)
        shared += len(mail.placements) > 1
    programs = {PROGRAMS[key].title: count for key, count in report.programs.items() if key in PROGRAMS}
    programs["machines"] = report.programs["machine"]
    folders = {f"{address.partition('@')[0]}: {_path(folder)}": n for (address, folder), n in report.folders.items()}
    lead = (
        f"{report.emails:,} emails, of which {shared:,} lie in more than one mailbox or also in Sent Items: "
        f"{report.items:,} items, {report.bytes / 1e6:.1f} MB."
    )
    return "\n".join(
        [
            *(lead, ""),
            *_table("kind", report.kinds, _by_count(report.kinds)),
            *_table("language of the conversation", report.languages, _by_count(report.languages)),
            *_table("mail program of the sender", programs, _by_count(programs)),
            *_table("mailbox", report.mailboxes, sorted(report.mailboxes)),
            *_table("folder", folders, sorted(folders)),
        ]
    )


def _by_count(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))


def _path(folder: Folder) -> str:
    return folder if isinstance(folder, str) else " / ".join(folder)


def _table(title: str, counts: Mapping[str, int], names: Iterable[str]) -> list[str]:
    return [f"| {title} | number |", "|---|---:|", *(f"| {name} | {counts[name]:,} |" for name in names), ""]


if __name__ == "__main__":
    day = datetime.fromisoformat(sys.argv[1]) if len(sys.argv) > 1 else datetime.now(UTC)
    print(tables(day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)))
