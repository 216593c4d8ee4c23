"""The cycle is the same in every chapter, and what is stored is what the script draws."""

from xml.etree.ElementTree import fromstring

import draw_cycle
import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", draw_cycle.NAMES)
def test_the_stored_drawing_is_what_the_script_draws(name):
    stored = (draw_cycle.IMAGES / f"cycle-{name}.svg").read_bytes()
    assert stored == draw_cycle.draw(name).encode()


def test_no_other_drawing_of_the_cycle_is_stored():
    stored = {path.stem for path in draw_cycle.IMAGES.glob("cycle-*")}
    assert stored == {f"cycle-{name}" for name in draw_cycle.NAMES}


@pytest.mark.parametrize("name", draw_cycle.NAMES)
def test_a_reader_who_does_not_see_it_is_told_what_it_shows(name):
    drawing = fromstring(draw_cycle.draw(name))
    labels = [drawing.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert [label.get("id") for label in labels] == drawing.get("aria-labelledby").split()
    assert "the state is the fold of the log" in labels[1].text
    assert labels[1].text.endswith("the whole cycle." if name == "all" else f" {name}.")


@pytest.mark.parametrize("name", draw_cycle.NAMES)
def test_one_part_is_marked_and_every_part_is_text(name):
    drawing = fromstring(draw_cycle.draw(name))
    names = {
        group.get("class"): [text.text for text in group.iter(f"{SVG}text")][:1]
        for group in drawing.findall(f"{SVG}g")
    }
    assert names.get("marked", ["all"]) == [name]
    words = {text.text for text in drawing.iter(f"{SVG}text")}
    assert words >= {"command", "decide", "events", "log", "evolve", "state"}


@pytest.mark.parametrize(("palette", "least"), [(draw_cycle.LIGHT, 4.5), (draw_cycle.DARK, 4.5)])
def test_every_word_has_enough_contrast(palette, least):
    for ink, ground in [("INK", "PAPER"), ("INK", "BOX"), ("SOFT", "BOX"), ("SOFT", "PAPER")]:
        assert contrast(palette[ink], palette[ground]) >= least
    assert contrast(palette["ON"], palette["MARK"]) >= least


def contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines count it, from 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
