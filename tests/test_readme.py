"""What the README says is true: its example runs, its links lead somewhere, its map is complete."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_and_gives_what_its_comments_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    bank = names["bank"]
    for call, said in re.findall(r"^(bank\.state\(.*?\))  # (\w+\(.*?\))", example, re.MULTILINE):
        assert eval(call, names) == eval(said, names)
    (refused,) = [decision for decision in bank.store.decisions() if decision.refused]
    assert refused.reason == "8000 is more than 5000"
    bank.store.close()


def test_every_link_to_a_file_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_map_lists_every_notebook_with_the_minutes_it_says_itself():
    rows = re.findall(r"\(notebooks/([^)]+)\) \| (\d+) \|", README)
    assert [name for name, _ in rows] == sorted(
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    )
    for name, minutes in rows:
        assert f"*{minutes} minutes" in (ROOT / "notebooks" / name).read_text(encoding="utf-8")
