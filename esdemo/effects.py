"""Effects: what leaves the house, and cannot be taken back by anybody's transaction.

A projection *tells*, and what it tells is kept in the outbox in the transaction of its row. Here it
is sent. Between sending and crossing off lies a moment in which a crash makes us send again: at
least once is the most that a sender can promise. Once is what sender and receiver can make of it
together, when the receiver knows the message by its id.
"""

import hashlib
import mailbox
import os
import threading
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from esdemo.projections import Message, View


def post(view: View[Any], send: Callable[[Message], object], *, most: int | None = None) -> int:
    """Send what a view's outbox holds, oldest first, crossing off each once it is sent.

    send: raises when it failed; that message and those behind it stay in the outbox. most: how many
    at most. Returns how many were sent. Sends again what was sent and not crossed off.
    """
    waiting = view.messages()[:most]
    for message in waiting:
        send(message)
        view.sent(message)
    return len(waiting)


class Postbox:
    """A real outside world that can be looked into: mails in a Maildir, each one once by its id.

    A Maildir is a folder with a file for each mail (Dan Bernstein, 1995): written in `tmp`, then
    linked into `new` under a name that nobody else has. Here the name is made of the message's id,
    so the file system itself refuses a second one, whichever process sends it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        for folder in ("tmp", "new", "cur"):  # several senders may begin at once
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        self.maildir = mailbox.Maildir(self.path)

    def __call__(self, message: Message) -> bool:
        """Deliver a message whose first line is the subject. True when it was not there yet."""
        subject, _, body = message.text.partition("\n")
        mail = EmailMessage()
        mail["Message-ID"] = f"<{_name(message.id)}@esdemo.invalid>"
        mail["Subject"] = " ".join(subject.split())
        mail["X-Message"] = message.id
        mail.set_content(body.strip() + "\n")
        return self.deliver(message.id, mail)

    def deliver(self, message_id: str, mail: EmailMessage) -> bool:
        """Put a mail there. False when one of this id is, read or unread: it stays as it was."""
        name = _name(message_id)
        if self._is_read(name):
            return False
        part = self.path / "tmp" / f"{name}.{os.getpid()}.{threading.get_ident()}"
        part.write_bytes(mail.as_bytes())
        new = self.path / "new" / name
        try:
            os.link(part, new)
        except FileExistsError:
            return False
        finally:
            part.unlink()
        if self._is_read(name):  # it was moved while we looked elsewhere
            new.unlink(missing_ok=True)
            return False
        return True

    def _is_read(self, name: str) -> bool:
        """A reader moves a mail from `new` to `cur` and puts flags behind its name."""
        return any((self.path / "cur").glob(f"{name}*"))

    def mails(self) -> list[tuple[str, str]]:
        """The id and the subject of every mail that is there, sorted by id."""
        found = [(str(mail["X-Message"]), str(mail["Subject"])) for mail in self.maildir]
        return sorted(found)


def _name(message_id: str) -> str:
    """A file name for any id."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]
