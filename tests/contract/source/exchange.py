"""What every source that speaks to an Exchange must do beside suite.py: what only Exchange has.

Distinguished folders in any language, classes, the archive, change marks, drafts, reading without a trace.
"""

from __future__ import annotations

import pytest
from exchange_simulator.client import Control
from exchange_sync.errors import StateExpired
from exchange_sync.model.config import Filters
from exchange_sync.model.email import ItemProblem
from exchange_sync.model.rules import folders_left_out
from exchange_sync.source.api import MailSource

from tests.contract.source.suite import BOX, OTHER, START, ids, mail, walk


class ExchangeContract:
    """Run by each source of an Exchange beside MailSourceContract."""

    # folders

    def test_folders_are_known_by_distinguished_id_whatever_their_language(self, source: MailSource):
        found = {one.distinguished: one for one in source.folders(BOX)}
        assert {"inbox", "sentitems", "drafts", "deleteditems", "junkemail", "outbox"} <= set(found)
        assert found["inbox"].path == ("Posteingang",)
        assert found["inbox"].root == "primary"

    def test_folders_of_other_classes_are_told_with_their_class(self, source: MailSource):
        found = {one.distinguished: one.folder_class for one in source.folders(BOX)}
        assert found["calendar"] == "IPF.Appointment"
        assert found["contacts"] == "IPF.Contact"

    def test_a_renamed_or_moved_folder_keeps_its_key(self, source: MailSource, control: Control):
        key = control.create_folder(BOX, ("Posteingang", "Alt"))
        control.rename_folder(BOX, key, "Neu")
        assert {one.key: one.path for one in source.folders(BOX)}[key] == ("Posteingang", "Neu")
        control.move_folder(BOX, key, "sentitems")
        assert {one.key: one.path for one in source.folders(BOX)}[key][-1] == "Neu"
        assert len({one.key: one.path for one in source.folders(BOX)}[key]) == 2

    def test_totals_are_the_servers_count(self, source: MailSource, control: Control):
        for number in range(3):
            control.deliver(BOX, mail(number))
        assert {one.distinguished: one.total for one in source.folders(BOX)}["inbox"] == 3

    def test_mail_in_the_root_itself_is_listed_as_any_folders(self, source: MailSource, control: Control):
        assert "msgfolderroot" not in {one.distinguished for one in source.folders(BOX)}
        item = control.deliver(BOX, mail(1), folder="msgfolderroot")[BOX]
        root = next(one for one in source.folders(BOX) if one.distinguished == "msgfolderroot")
        assert (root.total, root.path, root.root) == (1, ("Oberste Ebene des Informationsspeichers",), "primary")
        assert folders_left_out(source.folders(BOX), Filters()).get(root.key) is None
        page, _ = walk(source, root.key)
        assert ids(page) == {item}
        control.delete(item)
        assert "msgfolderroot" not in {one.distinguished for one in source.folders(BOX)}

    def test_the_archive_is_told_only_where_asked_for(self, source: MailSource):
        assert {one.root for one in source.folders(BOX)} <= {"primary", "recoverable"}
        assert "archive" in {one.root for one in source.folders(BOX, archive=True)}
        assert "archive" not in {one.root for one in source.folders(OTHER, archive=True)}

    def test_no_two_folders_have_one_path(self, source: MailSource, control: Control):
        control.create_folder(BOX, ("archivemsgfolderroot", "Posteingang"))
        control.create_folder(BOX, ("archivemsgfolderroot", "Posteingang", "2019"))
        control.create_folder(BOX, ("Posteingang", "2019"))
        for root in ("msgfolderroot", "archivemsgfolderroot"):
            control.deliver(BOX, mail(1), folder=root)
        found = source.folders(BOX, archive=True)
        assert len({one.path for one in found}) == len(found)
        paths = {(one.root, one.path) for one in found}
        assert ("primary", ("Posteingang", "2019")) in paths
        assert ("archive", ("Online Archive",)) in paths  # its root, which holds mail itself
        assert ("archive", ("Online Archive", "Posteingang", "2019")) in paths

    def test_a_folder_that_is_named_as_the_archive_is_shown_takes_no_path_of_its(self, source, control: Control):
        control.create_folder(BOX, ("archivemsgfolderroot", "Alt"))
        mine = control.create_folder(BOX, ("Online Archive", "Alt"))
        found = source.folders(BOX, archive=True)
        assert len({one.path for one in found}) == len(found)
        assert {one.key: one.path for one in found}[mine] == ("Online Archive", "Alt")
        assert ("Online Archive (2)", "Alt") in {one.path for one in found if one.root == "archive"}

    def test_marks_change_with_content_and_only_with_content(self, source: MailSource, control: Control):
        control.deliver(BOX, mail(1))
        before = {one.key: one.mark for one in source.folders(BOX)}
        assert {one.key: one.mark for one in source.folders(BOX)} == before
        control.deliver(BOX, mail(2), folder="sentitems")
        after = source.folders(BOX)
        changed = {one.distinguished for one in after if one.mark != before[one.key]}
        assert changed == {"sentitems"}

    def test_the_change_mark_follows_delivery_move_deletion_and_rename(self, source: MailSource, control: Control):
        control.create_folder(BOX, ("Posteingang", "A"))
        marks = [source.change_mark(BOX), source.change_mark(BOX)]
        assert marks[0] is not None
        assert marks[0] == marks[1]
        item = control.deliver(BOX, mail(1))[BOX]
        marks.append(source.change_mark(BOX))
        item = control.move(item, ("Posteingang", "A"))
        marks.append(source.change_mark(BOX))
        control.delete(item)
        marks.append(source.change_mark(BOX))
        control.rename_folder(BOX, ("Posteingang", "A"), "B")
        marks.append(source.change_mark(BOX))
        assert len(set(marks)) == 5

    # changes and items

    def test_reading_a_mail_is_no_change_of_content(self, source: MailSource, control: Control, inbox):
        item = control.deliver(BOX, mail(1))[BOX]
        state = walk(source, inbox)[0].state
        control.mark_read(item)
        page, _ = walk(source, inbox, state)
        assert page.present == ()
        assert page.gone == ()

    def test_an_expired_state_is_told_as_such_and_listing_afresh_works(self, source, control: Control, inbox):
        control.deliver(BOX, mail(1))
        state = walk(source, inbox)[0].state
        control.expire_states(BOX)
        with pytest.raises(StateExpired):
            source.changes(BOX, inbox, state)
        assert len(walk(source, inbox)[0].present) == 1

    def test_an_exchange_tells_class_importance_and_categories(self, source: MailSource, control: Control):
        item = control.deliver(
            BOX, mail(1, files={"a.pdf": b"1"}), received=START, categories=("Rot", "Blau"), importance="High"
        )[BOX]
        (found,) = source.properties(BOX, [item])
        assert found.item_class == "IPM.Note"
        assert found.categories == ("Rot", "Blau")
        assert found.importance == "High"
        assert found.has_attachments is True

    def test_an_internal_sender_comes_with_his_smtp_address(self, source: MailSource, control: Control):
        raw = mail(1, sender=f"Claims <{OTHER}>")
        item = control.deliver(BOX, raw, sender_routing="EX")[BOX]
        (found,) = source.properties(BOX, [item])
        assert (found.sender.address, found.sender.routing) == (OTHER, "SMTP")

    def test_a_draft_is_told_as_such(self, source: MailSource, control: Control):
        item = control.draft(BOX, mail(1))
        assert source.properties(BOX, [item])[0].is_draft is True

    def test_an_item_that_was_moved_is_gone_under_the_id_it_had(self, source: MailSource, control: Control):
        """Where ids change on a move; else it is read as before."""
        item = control.deliver(BOX, mail(1))[BOX]
        control.move(item, "deleteditems")
        found = [source.properties(BOX, [item])[0], next(iter(source.mimes(BOX, [item]))), source.large(BOX, item)]
        if source.capabilities.keeps_ids:
            assert not any(isinstance(one, ItemProblem) for one in found)
        else:
            assert [isinstance(one, ItemProblem) and one.gone for one in found] == [True] * 3
