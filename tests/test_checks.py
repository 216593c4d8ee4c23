"""`check` diagnoses and never accuses: whose trouble it is, what was proved, what is untouched."""

import ast
import itertools
import json
import threading
import time
from pathlib import Path

import pytest
from test_exercises import ALL
from words import RIDDLES

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


# --- words ---


def sentences():
    """Every string in the code of the checks."""
    for path in sorted(Path(check.__code__.co_filename).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.name, node.value


def test_the_checks_speak_plainly():
    assert [(name, text) for name, text in sentences() if RIDDLES.search(text)] == []


# --- whose trouble it is ---


CALLS = "def judge(answer): return {answer(1)[0]}"
PARTS = "def judge(answer): first, second = answer"
CANNOT = "the check cannot read"


@pytest.mark.parametrize(
    ("source", "answer", "words"),
    [
        (CALLS, lambda n: [[n]], f"{CANNOT} what your function returns: TypeError: unhashable"),
        (CALLS, lambda: 1, "your function is called with what the stub's function takes: "),
        (CALLS, 700, "a function is asked for; give its name, without calling it: not 700"),
        (CALLS, (len, len), "a function is asked for; give its name"),
        (PARTS, (1, 2, 3), "give all that is asked for together, as the stub does: not (1, 2, 3)"),
        (PARTS, len, "give all that is asked for together"),
        ("def judge(answer): return sum(answer)", "abc", f"{CANNOT} 'abc', which is not what"),
        ("def judge(answer): return answer['a']", {}, f"{CANNOT} {{}}, which is not what"),
        ("def judge(answer): return answer.balance", 3, f"{CANNOT} 3, which is not what"),
        ("import json\ndef judge(answer): return json.dumps(answer)", {1}, f"{CANNOT} {{1}}"),
    ],
)
def test_the_checks_own_trouble_is_not_called_the_learners(said, source, answer, words):
    text = said(library_check(source), answer)
    assert text.startswith(f"not yet: {words}")
    assert "raised" not in text
    assert "0x" not in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda day: day["missing"], "your answer raised KeyError: 'missing'"),
        (lambda day: json.loads("{"), "your answer raised JSONDecodeError: Expecting"),
        (lambda day: int("x"), "your answer raised ValueError: invalid literal"),
        (lambda day: exit(), "your answer raised SystemExit"),
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


def test_a_learner_who_recurses_without_end_is_told(said):
    def answer(n):
        return answer(n)

    text = said(library_check("def judge(answer): return answer(1)"), answer)
    assert text.startswith("not yet: your answer raised RecursionError")


class Thing:
    """What nobody asked for."""


ODD = [1, 1.5, "x", b"x", [], [1], {}, {"a": 1}, {1}, True, float("nan"), Thing(), Thing, int, len]
ODD += [(1, 2), (x for x in [1, 2]), lambda: 1, lambda *all: 1, lambda *all: all, lambda *all: {}]
ODD += [lambda *all: [[1]], lambda *all: {"a": [1]}, lambda *all: Thing(), lambda *all: len]
ODD += [(function,) * n for function in (ODD[-6], ODD[-4], ODD[-1]) for n in (2, 3)]


@pytest.mark.parametrize("name", [exercise.name for exercise in ALL])
def test_whatever_is_given_to_an_exercise_gets_a_line_of_help_and_no_blame(name, capsys):
    for answer in ODD:
        check(name, answer)
        (line,) = capsys.readouterr().out.splitlines()
        untouched = isinstance(answer, (list, dict)) and not answer  # as a stub may begin
        assert line.startswith("not yet: ") or (untouched and line == "not yet"), answer
        assert " raised " not in line
        assert "0x" not in line


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


def test_an_answer_of_several_parts_may_come_without_its_parentheses(capsys):
    check("1.3")
    assert capsys.readouterr().out == "not yet\n"
    for parts in (([], []), ([], [], [])):
        check("1.3", *parts)
        without = capsys.readouterr().out
        check("1.3", parts)
        assert capsys.readouterr().out == without
