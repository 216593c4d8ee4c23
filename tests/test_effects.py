"""Effects: sent at least once, there once, and not at all by a rebuild."""

import mailbox
import multiprocessing
from email.message import EmailMessage

import msgspec
import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from senders import deliver_all
from tally import Added, TallyMessage

from esdemo import MemoryStore, SQLiteStore
from esdemo.clocks import ticking
from esdemo.effects import Postbox, post
from esdemo.projections import Beside, Message, Projection, View


class Total(msgspec.Struct, frozen=True):
    amount: int


def total(row, fact):
    return Total((row.amount if row else 0) + fact.event.amount)


def again(row, fact):
    """The same by other code."""
    return total(row, fact)


def tell(before, after, fact):
    """A mail for every event."""
    yield f"{fact.stream} has {after.amount}\nIt was {before.amount if before else 0} before."


TOTALS = Projection("totals", Total, total, tells=tell)


@pytest.fixture
def view():
    """Five events, and a mail about each."""
    store = MemoryStore(TallyMessage, ticking(START))
    store.append("a", [Added(n) for n in range(1, 6)], expected_version=0)
    with View(TOTALS, store) as made:
        made.catch_up()
        yield made


@pytest.fixture
def box(tmp_path):
    return Postbox(tmp_path / "mail")


def test_each_message_is_a_mail_that_any_reader_of_maildirs_can_read(view, box):
    assert post(view, box) == 5
    mails = {mail["Subject"]: mail for mail in mailbox.Maildir(box.path)}
    assert set(mails) == {f"a has {n}" for n in (1, 3, 6, 10, 15)}
    assert mails["a has 3"].get_payload() == "It was 1 before.\n"
    assert box.mails()[0] == ("totals/1/1", "a has 1")
    assert view.messages() == []


def test_what_was_sent_and_not_crossed_off_is_sent_again_and_is_there_once(view, box):
    sent = []
    for message in view.messages():  # the crash comes before the crossing off
        sent.append(box(message))
    assert post(view, lambda message: sent.append(box(message))) == 5
    assert sent == [True] * 5 + [False] * 5
    assert len(box.mails()) == 5


def test_a_receiver_that_does_not_know_the_id_has_it_twice(view, tmp_path):
    """At least once is all that a sender can promise."""
    naive = mailbox.Maildir(tmp_path / "naive", create=True)
    for message in view.messages():
        naive.add(message.text)
    post(view, lambda message: naive.add(message.text))
    assert len(naive) == 10


def test_a_mail_that_was_read_meanwhile_is_not_delivered_again(view, box):
    message = view.messages()[0]
    assert box(message)
    (key,) = box.maildir.keys()
    read = box.maildir[key]
    read.set_subdir("cur")
    read.add_flag("S")
    box.maildir[key] = read
    assert not box(message)
    assert len(box.mails()) == 1


def test_a_mail_that_fails_stays_with_those_behind_it(view, box):
    def failing(message):
        if message.id == "totals/3/1":
            raise ConnectionError("the server is busy")
        box(message)

    with pytest.raises(ConnectionError):
        post(view, failing)
    assert [message.id for message in view.messages()] == [f"totals/{n}/1" for n in (3, 4, 5)]
    assert post(view, box, most=1) == 1
    assert post(view, box) == 2
    assert len(box.mails()) == 5


def test_a_rebuild_sends_nothing(view, box):
    post(view, box)
    new = View(Projection("totals", Total, again, tells=tell), view.store)
    new.file, old = view.file, new.file
    old.close()
    Beside(new).switch()
    assert new.catch_up() == 0
    assert post(new, box) == 0
    assert len(box.mails()) == 5


def test_a_new_view_whose_past_is_no_news_tells_nothing(view, box):
    with View(TOTALS, view.store) as other:
        other.catch_up(tell=False)
        assert post(other, box) == 0


@pytest.mark.parametrize(
    "text", ["", "\n", "a\rb\nc", "Subject: x\r\n\r\nBcc: y", "東京\n€", "x" * 5000]
)
def test_any_text_can_be_a_mail_and_adds_no_header(box, text):
    assert box(Message("totals/1/0", text))
    (mail,) = box.maildir
    assert mail["Bcc"] is None
    assert len(box.mails()) == 1


def test_an_id_with_any_characters_names_a_file_of_its_own(box):
    mails = EmailMessage(), EmailMessage()
    assert [box.deliver(each, mails[0]) for each in ("a/b", "a\0b", "../x", "東")] == [True] * 4
    assert not box.deliver("../x", mails[1])


@given(crashes=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=6))
def test_wherever_the_sender_dies_each_mail_is_there_once(crashes, tmp_path_factory):
    store = MemoryStore(TallyMessage, ticking(START))
    store.append("a", [Added(n) for n in range(1, 6)], expected_version=0)
    box = Postbox(tmp_path_factory.mktemp("mail"))
    with View(TOTALS, store) as view:
        view.catch_up()
        for place, delivered in crashes:
            for message in view.messages()[:place]:
                box(message)
                view.sent(message)
            for message in view.messages()[:1]:
                if delivered:
                    box(message)  # dead before it was crossed off
        post(view, box)
    assert [subject for _, subject in box.mails()] == [f"a has {n}" for n in (1, 3, 6, 10, 15)]


def test_four_senders_at_once_deliver_each_mail_once(tmp_path):
    ids = [f"m/{n}/0" for n in range(100)]
    spawn = multiprocessing.get_context("spawn")
    senders = [spawn.Process(target=deliver_all, args=(tmp_path, ids)) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
        assert sender.exitcode == 0
    assert sorted(each for each, _ in Postbox(tmp_path).mails()) == sorted(ids)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_outbox_survives_the_process(tmp_path):
    with SQLiteStore(tmp_path / "log.db", TallyMessage, ticking(START)) as store:
        store.append("a", [Added(1)], expected_version=0)
        with View(TOTALS, store, tmp_path / "views.db") as view:
            view.catch_up()
        with View(TOTALS, store, tmp_path / "views.db") as view:
            assert post(view, Postbox(tmp_path / "mail")) == 1
