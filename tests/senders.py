"""What a sender of mails does in a process of its own: light to import, since four are started."""

from esdemo.effects import Postbox
from esdemo.projections import Message


def deliver_all(path, ids):
    """Deliver a mail for each id, to a folder that others fill too."""
    box = Postbox(path)
    for each in ids:
        box(Message(each, each))
