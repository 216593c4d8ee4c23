"""`check` diagnoses and never accuses: whose trouble it is, what was proved, what is untouched."""

import itertools
import json
import threading
import time

import pytest

from esdemo.checks import check
from esdemo.checks.trouble import Endless, limited
from esdemo.checks.verdicts import NOT_YET, Proved, untouched


@pytest.fixture
def said(monkeypatch, capsys):
    """What `check` prints when an exercise's check is the function given."""

    def ask(judge, answer):
        monkeypatch.setattr("esdemo.checks._find", lambda name: judge)
        check("1.1", answer)
        return capsys.readouterr().out.rstrip("\n")

    return ask


def library_check(source: str):
    """A check as the package has them: its code is in the package's folder."""
    names: dict = {}
    home = __import__("esdemo.checks").checks.__file__.replace("__init__", "chapter_99")
    exec(compile(source, home, "exec"), names)
    return names["judge"]


# --- verdicts ---


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (None, "ok"),
        ("", "ok"),
        (Proved("two replays agree"), "ok: two replays agree"),
        (NOT_YET, "not yet"),
        ("add one", "not yet: add one"),
    ],
)
def test_a_verdict_is_said_in_a_line(said, verdict, text):
    assert said(lambda answer: verdict, 1) == text


def documented():
    """Says what it would do."""


def passing(history, *, day=None):
    pass


def returning():
    return None


def dotted(x): ...


def closing(x):
    return lambda: x


EMPTY = [..., None, (..., ...), (None, None), (dotted, ...), documented, passing, returning]
EMPTY += [dotted, lambda day: ..., lambda: None]
WRITTEN = [0, "", (), [], [None], {}, set(), (1, ...), (None, 2), len, int, closing, closing(1)]
WRITTEN += ["not yet", lambda x: x, lambda: 0, lambda x=None: x, lambda: print(), lambda: (yield)]


@pytest.mark.parametrize("answer", EMPTY)
def test_an_empty_stub_is_untouched_and_gets_only_not_yet(said, answer):
    assert said(lambda answer: "a hint that nobody asked for", answer) == "not yet"


@pytest.mark.parametrize("answer", WRITTEN)
def test_what_somebody_wrote_is_not_untouched(answer):
    assert not untouched(answer)


# --- whose trouble it is ---


@pytest.mark.parametrize(
    ("source", "answer", "kind"),
    [
        ("def judge(answer): return {answer(1)[0]}", lambda n: [[n]], "TypeError"),
        ("def judge(answer): return sum(answer)", "abc", "TypeError"),
        ("def judge(answer): return answer['a']", {}, "KeyError"),
        ("import json\ndef judge(answer): return json.dumps(answer)", {1, 2}, "TypeError"),
        ("def judge(answer): first, second = answer", (1, 2, 3), "ValueError"),
        ("def judge(answer): return answer.balance", 3, "AttributeError"),
    ],
)
def test_the_checks_own_trouble_is_not_called_the_learners(said, source, answer, kind):
    text = said(library_check(source), answer)
    assert text.startswith("not yet: the check cannot read ")
    assert kind in text
    assert "raised" not in text
    assert "0x" not in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda day: day["missing"], "your answer raised KeyError: 'missing'"),
        (lambda day: json.loads("{"), "your answer raised JSONDecodeError: Expecting"),
        (lambda day: int("x"), "your answer raised ValueError: invalid literal"),
        (lambda day: exit(), "your answer raised SystemExit"),
        (lambda: 1, "the check cannot read"),  # raised where the check calls it
    ],
)
def test_an_answer_that_raises_is_told_what_and_where(said, answer, words):
    text = said(library_check("def judge(answer): return answer({})"), answer)
    assert text.startswith(f"not yet: {words}")


def test_the_line_that_raised_is_quoted(said):
    def answer(account):
        balance = account["balanse"]
        return balance

    text = said(library_check("def judge(answer): return answer({})"), answer)
    assert text.endswith("""KeyError: 'balanse', in the line `balance = account["balanse"]`""")


def test_a_function_that_was_called_is_asked_for_by_name(said):
    text = said(library_check("def judge(answer): return answer({})"), 700)
    assert text == "not yet: a function is asked for; give its name, without calling it: not 700"


def test_a_learner_who_recurses_without_end_is_told(said):
    def answer(n):
        return answer(n)

    text = said(library_check("def judge(answer): return answer(1)"), answer)
    assert text.startswith("not yet: your answer raised RecursionError")


# --- answers without an end ---


def spin(_=None):
    while True:
        pass


def stubborn(_=None):
    while True:
        try:
            spin()
        except Exception:
            continue


@pytest.mark.parametrize("answer", [spin, stubborn])
def test_an_answer_that_never_ends_is_stopped_and_told(said, monkeypatch, answer):
    monkeypatch.setattr("esdemo.checks.limited", lambda: limited(0.2))
    text = said(library_check("def judge(answer): return answer(1)"), answer)
    assert text == (
        "not yet: your answer was still at work after 0.2 seconds: does a loop never end?"
    )


def test_a_limit_that_is_not_reached_leaves_nothing_behind():
    for _ in range(200):
        with limited(0.05):
            sum(range(100))
    before = threading.active_count()
    time.sleep(0.3)
    assert threading.active_count() <= before


def test_a_limit_that_is_reached_at_the_last_moment_does_not_strike_later():
    for _ in range(20):
        begun = time.process_time()
        try:
            with limited(0.1):
                while time.process_time() - begun < 0.1:
                    pass
        except Endless:
            pass
        deque = list(itertools.islice(itertools.count(), 20_000))
        assert len(deque) == 20_000


def test_waiting_is_not_work():
    with limited(0.3):
        time.sleep(0.6)


def test_the_learners_own_interrupt_goes_through():
    with pytest.raises(KeyboardInterrupt), limited():
        raise KeyboardInterrupt


def test_elsewhere_than_in_the_main_thread_there_is_no_limit():
    done = []

    def work():
        with limited(0.001):
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
