"""What the documentation promises: its links lead somewhere, and what it lists is what there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.pipeline import apply
from exchange_sync.settings import Settings

from tests.support import reference

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """The relative links of a page; what stands in code is none."""
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))
    return [target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the common renderers make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page):
    for target in links(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name(page)}: {target}"
        if anchor:
            assert anchor in anchors(found), f"{name(page)}: {target}"


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [
            found
            for target in links(page)
            if (found := (page.parent / target.partition("#")[0]).resolve()).suffix == ".md" and found.is_file()
        ]
    assert {page for page in PAGES if page not in reached} == set()


def test_every_decision_is_in_the_index_under_its_title():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    files = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    for file in files:
        title = re.match(r"# (\d+\. .*)", file.read_text(encoding="utf-8"))
        assert title, f"{file.name} begins with '# <number>. <title>'"
        assert f"[{title[1]}]({file.name})" in index, file.name
        assert int(file.name[:4]) == int(title[1].split(".")[0]), file.name
    assert len({file.name[:4] for file in files}) == len(files)


def test_the_command_line_s_page_is_what_help_prints():
    """Out of date? Run: python -m tests.support.reference"""
    assert reference.CLI.read_text(encoding="utf-8") == reference.cli_page()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_only_commands_that_exist(page):
    known = set(re.findall(r"^#+ exchange-sync ([a-z-]+)", reference.CLI.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(known) > 8
    text = page.read_text(encoding="utf-8")
    code = FENCE.findall(text) + re.findall(r"`[^`]+`", FENCE.sub("", text))
    named = {word for piece in code for word in re.findall(r"(?<![\w/-])exchange-sync +([a-z][a-z-]*)", piece)}
    assert named <= known, f"{name(page)}: {named - known}"


def test_every_setting_is_explained_with_its_default():
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `EXCHANGE_SYNC_([A-Z_]+)` \| (.*?) \|", text, re.MULTILINE))
    defaults = {field.name.upper(): field.default for field in fields(Settings)}
    assert set(rows) == {*defaults, "HOME", "ALLOWED_NETWORKS"}
    for key, default in defaults.items():
        if isinstance(default, int | float):
            assert float(rows[key]) == default, key


def test_the_configuration_s_example_is_one(tmp_path):
    text = (DOCS / "how-to" / "configure.md").read_text(encoding="utf-8")
    file = tmp_path / "example.yaml"
    file.write_text(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1])
    configuration = apply.read(file)
    assert [len(found.mailboxes) for found in configuration.integrations] == [2]


BUCKET = "buckets:\n  - name: a/b\n    {}: 1\n"
INTEGRATION = "integrations:\n  - name: a/b\n    connection: c\n    {}: 1\n"
MAILBOX = (
    "integrations:\n  - name: a/b\n    connection: c\n    mailboxes:\n"
    "      - address: a@b.example\n        bucket: a/b\n        {}: 1\n"
)
INNER = MAILBOX.replace("{}: 1", "{}: {{nonsense: 1}}")


@pytest.mark.parametrize(
    ("above", "file"),
    [
        ("", BUCKET.format("nonsense")),
        ("quota.", BUCKET.format("quota: {nonsense").replace(": 1", ": 1}")),
        ("", INTEGRATION.format("nonsense")),
        ("", MAILBOX.format("nonsense")),
        *((f"{key}.", INNER.format(key)) for key in ("folders", "participants", "participant_domains")),
    ],
)
def test_every_key_that_the_configuration_knows_is_explained(tmp_path, above, file):
    """The reader itself says which keys there are, when it meets one that it does not know."""
    text = (DOCS / "how-to" / "configure.md").read_text(encoding="utf-8")
    path = tmp_path / "wrong.yaml"
    path.write_text(file)
    with pytest.raises(BadInput) as told:
        apply.read(path)
    known = re.search(r"expected one of (.*)", str(told.value))[1].split(", ")
    for key in known:
        assert re.search(rf"`{re.escape(above + key)}[`.]", text), f"configure.md does not explain {above}{key}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_hold_nothing_of_the_machine_they_were_written_on(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:work|root|home)/|/tmp/(?!acme\.yaml)", text)
