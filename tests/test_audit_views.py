"""What an audit looks like: the trail as a table, the causes as a drawing."""

import matplotlib.pyplot as plt
import pytest
from msgspec.structs import replace

from esdemo import audit, frames, plots
from esdemo.domains.bank import TransferReturned, TransferSent, simulate


@pytest.fixture(scope="module")
def bank():
    """Some weeks of a small bank, with a transfer that came back."""
    return simulate(accounts=4, days=24, seed=2)


@pytest.fixture
def returned(bank):
    """What a transfer to a closed account set off."""
    fact = next(f for f in bank.store.recorded() if isinstance(f.event, TransferReturned))
    return audit.causation(bank.store, fact.correlation_id)


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    plt.close("all")


def test_a_trail_is_a_table_with_a_row_for_each_line(bank):
    entries = audit.trail(bank, "alice")
    table = frames.trail(entries)
    assert len(table) == len(entries)
    assert table["command"].tolist() == [str(entry.command) for entry in entries]
    assert table["reason"].isna().tolist() == [entry.reason is None for entry in entries]
    assert table["event"].isna().tolist() == [entry.event is None for entry in entries]
    assert table["version"].dropna().tolist() == list(range(1, bank.store.version("alice") + 1))
    assert str(table["position"].dtype) == "Int64"
    assert str(table["recorded_at"].dtype) == "datetime64[us, UTC]"
    paid = next(entry for entry in entries if entry.event and entry.before.balance)
    change = f"balance: {paid.before.balance} -> {paid.after.balance}"
    assert change in table["changes"][entries.index(paid)]
    assert "before" not in table.columns


def test_a_fact_without_a_command_has_none_in_the_table_too(bank):
    entry = replace(audit.trail(bank, "alice")[0], command=None, number=None)
    table = frames.trail([entry])
    assert table["command"].isna().all()
    assert table["number"].isna().all()


def test_a_trail_of_nothing_is_a_table_without_rows(bank):
    assert len(frames.trail(audit.trail(bank, actor="nobody"))) == 0


def test_the_graph_is_drawn_with_a_shape_for_each_kind_and_a_label_for_each_node(returned):
    ax = plots.causation(returned, "a transfer that came back")
    assert ax.get_title() == "a transfer that came back"
    assert ax.get_xlabel() == "steps from the first cause"
    texts = [text.get_text() for text in ax.texts]
    assert texts == [f"{node.label}\n{node.stream}" for node in returned.nodes]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["command", "refusal", "event", "led to", "caused"]
    kinds = {line.get_label(): line for line in ax.lines if line.get_label() in legend}
    assert len({kinds[kind].get_marker() for kind in ("command", "refusal", "event")}) == 3
    assert len({kinds[kind].get_color() for kind in ("command", "refusal", "event")}) == 3
    for kind in ("command", "refusal", "event"):
        drawn = len(kinds[kind].get_xdata())
        assert drawn == sum(node.kind == kind for node in returned.nodes)


def test_every_edge_leads_to_the_right_and_no_two_nodes_share_a_place(bank, returned):
    sent = [f for f in bank.store.recorded() if isinstance(f.event, TransferSent)]
    for graph in [returned, *(audit.causation(bank.store, f.correlation_id) for f in sent)]:
        ax = plots.causation(graph)
        shapes = [line for line in ax.lines if line.get_label() in plots.NODES]
        places = [place for line in shapes for place in zip(*line.get_data(), strict=True)]
        assert len(set(places)) == len(graph.nodes)
        lines = [line.get_xdata() for line in ax.lines if line.get_label().startswith("_")]
        drawn = [tuple(xs) for xs in lines if len(xs)]
        assert len(drawn) == len(graph.edges)
        assert all(xs[0] < xs[-1] for xs in drawn)


def test_a_graph_without_nodes_is_an_empty_drawing(bank):
    ax = plots.causation(audit.causation(bank.store, "nothing"))
    assert list(ax.texts) == []
