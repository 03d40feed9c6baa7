"""The folders every mailbox is born with, and what they are called in each language.

Clients must go by distinguished id: that is why the names differ. What Exchange creates, and under which parent, is
Microsoft's documentation as far as it goes; the rest is listed among the assumptions in docs/reference/simulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("en", "de", "fr")


@dataclass(frozen=True)
class Birth:
    """A folder that a mailbox is born with.

    role: how the store names it; unique in a mailbox. known: whether EWS names it as a distinguished id too.
    parent: the parent's role. names: by language, or one for all.
    """

    role: str
    parent: str | None
    folder_class: str | None
    names: tuple[str, ...]
    known: bool = True
    kind: str = "folder"
    hidden: bool = False

    def name(self, language: str) -> str:
        """The display name in a language; English where there is none of its own."""
        place = LANGUAGES.index(language) if language in LANGUAGES else 0
        return self.names[place] if place < len(self.names) else self.names[0]


_NOTE = "IPF.Note"
BORN = (
    Birth("root", None, None, ("Root",)),
    Birth("msgfolderroot", "root", None, ("Top of Information Store", "Oberste Ebene des Informationsspeichers",
                                          "Banque d'informations (niveau supérieur)")),
    Birth("searchfolders", "root", None, ("Finder",)),
    Birth("commonviews", "root", None, ("Common Views",), known=False),
    Birth("recoverableitemsroot", "root", None, ("Recoverable Items",)),
    Birth("recoverableitemsdeletions", "recoverableitemsroot", None, ("Deletions",)),
    Birth("recoverableitemsversions", "recoverableitemsroot", None, ("Versions",)),
    Birth("recoverableitemspurges", "recoverableitemsroot", None, ("Purges",)),
    Birth("inbox", "msgfolderroot", _NOTE, ("Inbox", "Posteingang", "Boîte de réception")),
    Birth("outbox", "msgfolderroot", _NOTE, ("Outbox", "Postausgang", "Boîte d'envoi")),
    Birth("sentitems", "msgfolderroot", _NOTE, ("Sent Items", "Gesendete Elemente", "Éléments envoyés")),
    Birth("deleteditems", "msgfolderroot", _NOTE, ("Deleted Items", "Gelöschte Elemente", "Éléments supprimés")),
    Birth("drafts", "msgfolderroot", _NOTE, ("Drafts", "Entwürfe", "Brouillons")),
    Birth("junkemail", "msgfolderroot", _NOTE, ("Junk Email", "Junk-E-Mail", "Courrier indésirable")),
    Birth("archivefolder", "msgfolderroot", _NOTE, ("Archive", "Archiv", "Archive"), known=False),
    Birth("calendar", "msgfolderroot", "IPF.Appointment", ("Calendar", "Kalender", "Calendrier")),
    Birth("contacts", "msgfolderroot", "IPF.Contact", ("Contacts", "Kontakte", "Contacts")),
    Birth("recipientcache", "contacts", "IPF.Contact.RecipientCache", ("Recipient Cache",), hidden=True),
    Birth("quickcontacts", "contacts", "IPF.Contact.MOC.QuickContacts", ("Quick Contacts",), hidden=True),
    Birth("tasks", "msgfolderroot", "IPF.Task", ("Tasks", "Aufgaben", "Tâches")),
    Birth("notes", "msgfolderroot", "IPF.StickyNote", ("Notes", "Notizen", "Notes")),
    Birth("journal", "msgfolderroot", "IPF.Journal", ("Journal", "Journal", "Journal")),
    Birth("syncissues", "msgfolderroot", _NOTE, ("Sync Issues", "Synchronisierungsprobleme",
                                                 "Problèmes de synchronisation")),
    Birth("conflicts", "syncissues", _NOTE, ("Conflicts", "Konflikte", "Conflits")),
    Birth("localfailures", "syncissues", _NOTE, ("Local Failures", "Lokale Fehler", "Défaillances locales")),
    Birth("serverfailures", "syncissues", _NOTE, ("Server Failures", "Serverfehler", "Défaillances du serveur")),
    Birth("conversationhistory", "msgfolderroot", _NOTE, ("Conversation History", "Aufgezeichnete Unterhaltungen",
                                                          "Historique des conversations")),
    Birth("rssfeeds", "msgfolderroot", "IPF.Note.OutlookHomepage", ("RSS Feeds", "RSS-Feeds", "Flux RSS"), known=False),
    Birth("conversationactions", "msgfolderroot", "IPF.Configuration", ("Conversation Action Settings",), known=False,
          hidden=True),
    Birth("unreadmail", "searchfolders", _NOTE, ("Unread Mail", "Ungelesene Nachrichten", "Courrier non lu"),
          known=False, kind="search"),
)  # fmt: skip

ARCHIVE_BORN = (
    Birth("archiveroot", None, None, ("Root",)),
    Birth("archivemsgfolderroot", "archiveroot", None, BORN[1].names),
    Birth("archivedeleteditems", "archivemsgfolderroot", _NOTE, BORN[11].names),
    Birth("archiverecoverableitemsroot", "archiveroot", None, ("Recoverable Items",)),
    Birth("archiverecoverableitemsdeletions", "archiverecoverableitemsroot", None, ("Deletions",)),
    Birth("archiverecoverableitemsversions", "archiverecoverableitemsroot", None, ("Versions",)),
    Birth("archiverecoverableitemspurges", "archiverecoverableitemsroot", None, ("Purges",)),
)

ROLES = frozenset(birth.role for birth in BORN + ARCHIVE_BORN)
DISTINGUISHED = frozenset(birth.role for birth in BORN + ARCHIVE_BORN if birth.known)
"""The distinguished ids this server answers for."""

SINCE_2013 = frozenset(
    ("syncissues", "conflicts", "localfailures", "serverfailures", "conversationhistory", "recipientcache",
     "quickcontacts")
)  # fmt: skip
"""Distinguished ids that requests before Exchange 2013 do not know."""
