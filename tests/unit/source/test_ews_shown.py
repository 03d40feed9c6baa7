"""The paths that folders are shown by: no two alike, whatever the server calls them."""

from __future__ import annotations

from exchange_sync.source.ews.shown import Place, Step, shown_paths
from exchange_sync.source.ews.tree import RawFolder, build_tree


def raw(key: str, parent: str | None, name: str) -> RawFolder:
    return RawFolder(key, parent, name, None, 1, is_search=False)


def paths(*listed: RawFolder, named: dict[str, str] | None = None) -> dict[str, str]:
    """Below a root R that may be seen."""
    tree = build_tree(listed, named or {}, [RawFolder("R", None, "Top", None, 0, is_search=False)])
    return {one.key: "/".join(one.path) for one in tree}


def test_folders_below_parents_that_are_hidden_have_paths_of_their_own() -> None:
    """A delegate sees folders whose parents he may not see; each would be shown as a top folder."""
    found = paths(raw("I", "R", "Inbox"), raw("C", "I", "Claims"), raw("x", "hidden-1", "Inbox"),
                  raw("y", "hidden-2", "Inbox"), raw("z", "y", "Claims"))  # fmt: skip
    assert found == {"I": "Inbox", "C": "Inbox/Claims", "x": "Inbox (2)", "y": "Inbox (3)", "z": "Inbox (3)/Claims"}


def test_a_distinguished_folder_keeps_its_name_before_others_whose_parents_are_hidden() -> None:
    assert paths(raw("a", "hidden-1", "Inbox"), raw("b", "hidden-2", "Inbox"), named={"b": "inbox"}) == {
        "a": "Inbox (2)", "b": "Inbox",
    }  # fmt: skip


def test_a_number_is_never_one_that_another_folder_bears() -> None:
    found = paths(raw("1", "R", "A"), raw("2", "R", "A (2)"), raw("3", "hidden", "A"), raw("4", "gone", "A"))
    assert found == {"1": "A", "2": "A (2)", "3": "A (3)", "4": "A (4)"}


def test_folders_of_one_name_in_one_folder_have_paths_of_their_own() -> None:
    """Exchange allows none; other servers do, and names may be missing."""
    found = paths(raw("1", "R", "A"), raw("2", "1", "B"), raw("3", "1", "B"), raw("4", "3", "C"), raw("5", "1", ""),
                  raw("6", "1", ""))  # fmt: skip
    assert len(set(found.values())) == len(found)
    assert (found["2"], found["3"], found["4"]) == ("A/B", "A/B (2)", "A/B (2)/C")


def test_who_is_first_does_not_hang_on_the_order_of_the_answer() -> None:
    folders = [raw("1", "R", "A"), raw("2", "hidden", "A"), raw("3", "other", "A"), raw("4", "3", "B")]
    assert paths(*folders) == paths(*reversed(folders))


def test_mail_in_the_root_is_not_shown_as_a_folder_of_the_roots_name() -> None:
    tree = build_tree([raw("1", "R", "Top")], {"R": "msgfolderroot"}, [raw("R", None, "Top")])
    assert {one.key: one.path for one in tree} == {"1": ("Top",), "R": ("Top (2)",)}


def test_parents_that_go_round_in_a_circle_end() -> None:
    found = paths(raw("1", "2", "A"), raw("2", "1", "B"), raw("3", "3", "C"))
    assert set(found) == {"1", "2", "3"}
    assert len(set(found.values())) == 3


def test_many_folders_of_one_name_are_numbered_in_one_go() -> None:
    places = [Place(str(n), (Step(str(n), "A", 0),)) for n in range(20_000)]
    assert len(set(shown_paths(places).values())) == 20_000
