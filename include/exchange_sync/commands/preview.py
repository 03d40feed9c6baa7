"""The command clean-preview: how a mail is cut, without a database and without Exchange."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("clean-preview")
def clean_preview(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="a mail each, as .eml")],
    html: Annotated[Path | None, typer.Option(metavar="PAGE", help="write an HTML page instead")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs, and for a later --before")] = False,
    before: Annotated[
        Path | None, typer.Option(metavar="JSON", help="with --html: show beside it what --json printed earlier")
    ] = None,
) -> None:
    """Why was this mail cut so? Shows body, signature and history of each file side by side; keeps nothing."""
    from exchange_sync.errors import BadInput
    from exchange_sync.pipeline import preview, preview_page

    if before is not None and html is None:
        raise BadInput("--before needs a page to show it on: add --html PAGE")
    found = preview.cuts(files)
    if as_json:
        print(preview.as_json(found))
    elif html is not None:
        known = preview.earlier(before) if before is not None else {}
        try:
            with html.open("w", encoding="utf-8") as page:
                page.writelines(preview_page.html_page(found, known))
        except OSError as error:
            raise BadInput(f"{html} cannot be written ({error.strerror}): name a file in a folder of yours") from None
        print(f"written: {html}", file=sys.stderr)
    else:
        width = shutil.get_terminal_size((120, 40)).columns
        for cut in found:
            print("\n".join(preview_page.columns(cut, width)), end="\n\n")
