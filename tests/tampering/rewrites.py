"""Somebody has read the documentation, and makes everything fit together again.

Each kind changes what was written, transaction by transaction; `forge` then makes all places, times
and hashes anew.
"""

import json
from functools import wraps
from random import Random

from forgery import Row, Transactions, forge, transactions

from tampering.bank import pick, pick_two

KINDS = []
CYRILLIC = str.maketrans("aeio", "\u0430\u0435\u0456\u043e")  # letters that look alike


def rewrite(change):
    """A manipulation from a function that changes a history."""

    @wraps(change)
    def manipulate(path, chance):
        history = transactions(path)
        forge(path, change(history, chance) or history)

    KINDS.append(manipulate)
    return manipulate


def payload(row: Row) -> dict:
    return json.loads(row["data"])


def repaid(row: Row, **fields) -> None:
    """Write other fields into a payload, in the spelling of the store."""
    changed = json.dumps(payload(row) | fields, ensure_ascii=False, separators=(",", ":"))
    assert changed != row["data"]
    row["data"] = changed


def stream_of(transaction) -> str:
    decision, facts = transaction
    return (decision or facts[0])["stream"]


def decided(history: Transactions):
    """The transactions in which a command led to an event."""
    return [each for each in history if each[0] and each[1]]


def of(kind: str, history: Transactions):
    """Those whose first event is of this type."""
    return [each for each in decided(history) if payload(each[1][0])["type"] == kind]


def refused(history: Transactions):
    return [each for each in history if each[0] and each[0]["reason"] is not None]


def imported(history: Transactions):
    return [each for each in history if each[0] is None]


# What happened.


@rewrite
def rewrite_an_amount(history, chance: Random):
    _, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    repaid(fact, amount=payload(fact)["amount"] + chance.choice([-1, 1, 100_00, 10**9]) or 7)


@rewrite
def rewrite_an_event_into_a_deposit(history, chance):
    _, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    fact["data"] = '{"type":"MoneyDeposited","amount":99999900,"source":"cash"}'


@rewrite
def rewrite_whose_account_it_is(history, chance):
    _, (fact, *_) = pick(chance, of("AccountOpened", history))
    repaid(fact, owner="Somebody Else")


@rewrite
def rewrite_an_import(history, chance):
    _, (fact,) = pick(chance, imported(history))
    repaid(fact, amount=payload(fact)["amount"] + 1)


@rewrite
def rewrite_what_a_reversal_undid(history, chance):
    """Command and event alike: the rules let anything be reversed, the books do not."""
    decision, (fact, *_) = pick(chance, of("EntryReversed", history))
    for row in (decision, fact):
        repaid(row, change=payload(row)["change"] + 1)


@rewrite
def let_more_arrive_than_was_sent(history, chance):
    """Command and event alike: the receiver's rules believe what they are told."""
    decision, (fact, *_) = pick(chance, of("TransferReceived", history))
    for row in (decision, fact):
        repaid(row, amount=payload(row)["amount"] + 1)


@rewrite
def rewrite_a_deposit_and_its_command(history, chance):
    decision, (fact, *_) = pick(chance, of("MoneyDeposited", history))
    amount = payload(fact)["amount"] + 1
    for row in (decision, fact):
        repaid(row, amount=amount)


@rewrite
def rewrite_what_the_money_was_for_and_its_command(history, chance):
    decision, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    for row in (decision, fact):
        repaid(row, purpose="rent to a friend")


@rewrite
def spell_a_payload_in_another_order(history, chance):
    _, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    turned = dict(reversed(payload(fact).items()))
    fact["data"] = json.dumps(turned, separators=(",", ":"))


@rewrite
def spell_a_payload_with_spaces(history, chance):
    _, (fact, *_) = pick(chance, decided(history))
    fact["data"] = fact["data"] + " "


@rewrite
def spell_a_payload_with_escapes(history, chance):
    _, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    fact["data"] = fact["data"].replace("MoneyWithdrawn", "Money\\u0057ithdrawn")


@rewrite
def write_a_name_twice_into_a_payload(history, chance):
    """One reader takes the first amount, another the last."""
    _, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    fact["data"] = fact["data"].replace('"amount":', '"amount":1,"amount":')


@rewrite
def put_a_command_in_the_place_of_an_event(history, chance):
    decision, (fact, *_) = pick(chance, of("MoneyWithdrawn", history))
    fact["data"] = decision["data"]


@rewrite
def write_an_event_that_nobody_knows(history, chance):
    _, (fact, *_) = pick(chance, decided(history))
    fact["data"] = '{"type":"MoneyVanished","amount":1}'


@rewrite
def write_half_a_payload(history, chance):
    _, (fact, *_) = pick(chance, decided(history))
    fact["data"] = fact["data"][: len(fact["data"]) // 2]


@rewrite
def exchange_what_happened_in_two_transactions(history, chance):
    (_, (one, *_)), (_, (other, *_)) = pick_two(chance, of("MoneyWithdrawn", history))
    if one["data"] == other["data"]:
        repaid(one, amount=payload(one)["amount"] + 1)
    one["data"], other["data"] = other["data"], one["data"]


# What was asked for, and what came of it.


@rewrite
def rewrite_what_was_asked_for(history, chance):
    decision, _ = pick(chance, of("MoneyWithdrawn", history))
    repaid(decision, amount=payload(decision)["amount"] + 1)


@rewrite
def ask_for_less_than_was_refused(history, chance):
    decision, _ = pick(chance, [each for each in refused(history) if "more" in each[0]["reason"]])
    repaid(decision, amount=1)


@rewrite
def excuse_a_refusal(history, chance):
    decision, _ = pick(chance, refused(history))
    decision["reason"] = "no connection"


@rewrite
def excuse_all_refusals(history, chance):
    for decision, _ in refused(history):
        decision["reason"] = "no connection"


@rewrite
def turn_a_refusal_into_nothing(history, chance):
    decision, _ = pick(chance, refused(history))
    decision["reason"] = None


@rewrite
def pay_what_was_refused(history, chance):
    withdrawals = [each for each in refused(history) if payload(each[0])["type"] == "Withdraw"]
    decision, facts = pick(chance, withdrawals)
    _, (model, *_) = pick(chance, of("MoneyWithdrawn", history))
    decision["reason"] = None
    asked = payload(decision)
    data = f'{{"type":"MoneyWithdrawn","amount":{asked["amount"]},"purpose":"cash"}}'
    facts.append(model | {"data": data, "stream": decision["stream"]})


@rewrite
def refuse_what_was_paid(history, chance):
    decision, facts = pick(chance, of("MoneyWithdrawn", history))
    decision["reason"] = "no connection"
    facts.clear()


@rewrite
def keep_a_decision_and_drop_its_event(history, chance):
    _, facts = pick(chance, decided(history))
    facts.clear()


@rewrite
def let_a_decision_happen_twice(history, chance):
    _, facts = pick(chance, decided(history))
    facts.append(facts[0])


@rewrite
def remove_a_decision_and_leave_its_events(history, chance):
    """What remains fits: events that nobody asked for are imports."""
    place = pick(chance, [nth for nth, each in enumerate(history) if each[0] and each[1]])
    history[place : place + 1] = [(None, [fact]) for fact in history[place][1]]


@rewrite
def invent_the_command_of_an_import(history, chance):
    place = pick(chance, [nth for nth, each in enumerate(history) if each[0] is None])
    _, facts = history[place]
    model, _ = pick(chance, of("MoneyDeposited", history))
    data = facts[0]["data"].replace("MoneyDeposited", "Deposit")
    invented = model | {"data": data, "command_id": "invented", "stream": facts[0]["stream"]}
    invented |= {each: facts[0][each] for each in ("recorded_at", "effective_at")}
    history[place] = (invented, facts)


# Who, when, why.


def shared(column):
    """Another value of a column that events have from their decision."""

    def change(history, chance):
        decision, facts = pick(chance, decided(history))
        for row in (decision, *facts):
            row[column] += "'s"

    change.__name__ = f"rewrite_the_{column}_of_a_transaction"
    return change


for each in ("command_id", "correlation_id", "actor"):
    rewrite(shared(each))


@rewrite
def rewrite_the_causation_of_a_decision(history, chance):
    decision, _ = pick(chance, [each for each in history if each[0]])
    decision["causation_id"] += "'s"


@rewrite
def rewrite_who_was_refused(history, chance):
    decision, _ = pick(chance, refused(history))
    decision["actor"] = "teller-99"


@rewrite
def blame_another_teller_for_everything(history, chance):
    """Two actors change places throughout."""
    actors = {decision["actor"] for decision, _ in history if decision}
    one, other = pick_two(chance, sorted(each for each in actors if each.startswith("teller")))
    names = {one: other, other: one}
    for decision, facts in history:
        for row in filter(None, (decision, *facts)):
            row["actor"] = names.get(row["actor"], row["actor"])


@rewrite
def move_a_transaction_in_effective_time(history, chance):
    decision, facts = pick(chance, decided(history))
    for row in (decision, *facts):
        row["effective_at"] = row["effective_at"].replace("2025", "2024")


@rewrite
def move_all_of_history_in_recorded_time(history, chance):
    for decision, facts in history:
        for row in filter(None, (decision, *facts)):
            row["recorded_at"] = row["recorded_at"].replace("2025", "2024")


# Order, and what is there at all.


@rewrite
def cut_the_end_off(history, chance):
    del history[chance.randrange(1, len(history)) :]


@rewrite
def cut_the_beginning_off(history, chance):
    del history[: chance.randrange(1, 9)]


@rewrite
def remove_a_transaction_from_the_middle(history, chance):
    history.remove(pick(chance, decided(history)[:-1]))


@rewrite
def remove_a_refusal(history, chance):
    history.remove(pick(chance, refused(history)))


@rewrite
def remove_all_refusals(history, chance):
    for each in refused(history):
        history.remove(each)


@rewrite
def remove_an_import(history, chance):
    history.remove(pick(chance, imported(history)))


@rewrite
def remove_a_stream(history, chance):
    gone = pick(chance, sorted(set(map(stream_of, history))))
    return [each for each in history if stream_of(each) != gone]


@rewrite
def invent_a_stream(history, chance):
    place = chance.randrange(len(history))
    decision, facts = pick(chance, of("AccountOpened", history))
    invented = decision | {"stream": "nobody", "command_id": "invented"}
    history.insert(place, (invented, facts))


@rewrite
def invent_a_refusal(history, chance):
    earlier = refused(history)[:-1]  # behind the last decision it would be behind the seal
    place = pick(chance, [nth for nth, each in enumerate(history) if each in earlier])
    decision, _ = history[place]
    history.insert(place + 1, (decision | {"command_id": "invented"}, []))


@rewrite
def invent_a_deposit(history, chance):
    decision, facts = pick(chance, of("MoneyDeposited", history))
    history.append((decision | {"command_id": "invented"}, facts))


@rewrite
def let_a_transaction_happen_twice(history, chance):
    place = pick(chance, [nth for nth, each in enumerate(history) if each in decided(history)])
    decision, facts = history[place]
    history.insert(place + 1, (decision | {"command_id": "once more"}, facts))


@rewrite
def exchange_two_neighbours(history, chance):
    place = chance.randrange(len(history) - 1)
    history[place], history[place + 1] = history[place + 1], history[place]


@rewrite
def turn_history_round(history, chance):
    history.reverse()


@rewrite
def rename_a_stream(history, chance):
    old = pick(chance, sorted(set(map(stream_of, history))))
    _renamed(history, {old: old.translate(CYRILLIC)})


@rewrite
def exchange_the_names_of_two_streams(history, chance):
    one, other = pick_two(chance, sorted(set(map(stream_of, history))))
    _renamed(history, {one: other, other: one})


@rewrite
def give_a_transaction_to_another_stream(history, chance):
    decision, facts = pick(chance, of("MoneyWithdrawn", history))
    streams = set(map(stream_of, history)) - {decision["stream"]}
    _renamed([(decision, facts)], {decision["stream"]: pick(chance, sorted(streams))})


def _renamed(history, names):
    for decision, facts in history:
        for row in filter(None, (decision, *facts)):
            row["stream"] = names.get(row["stream"], row["stream"])


# Not quite everything fits.


def rewrite_an_amount_and_leave_the_triggers_off(path, chance):
    history = transactions(path)
    decision, (fact, *_) = pick(chance, of("MoneyDeposited", history))
    amount = payload(fact)["amount"] + 1
    for row in (decision, fact):
        repaid(row, amount=amount)
    forge(path, history, careful=False)


def let_time_run_backwards(path, chance):
    history = transactions(path)
    decision, facts = pick(chance, decided(history)[1:])
    for row in (decision, *facts):
        row["recorded_at"] = row["recorded_at"].replace("2025", "2024")
    forge(path, history, ordered=False)


KINDS += [rewrite_an_amount_and_leave_the_triggers_off, let_time_run_backwards]
