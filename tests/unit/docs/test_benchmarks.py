"""The benchmarks' page and plots are those of the figures that lie beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from benchmarks import page
from benchmarks.before import BEFORE


def test_page_and_plots_are_as_the_figures_say() -> None:
    found = page.figures()
    assert found is not None
    for path, text in page.made(found).items():
        assert path.read_text(encoding="utf-8") == text, "run `python -m benchmarks --write`"
        if path.suffix == ".svg":
            ElementTree.fromstring(text)


def test_what_was_before_belongs_to_a_part_that_is_measured() -> None:
    found = page.figures()
    assert found is not None
    assert {key for key, _ in BEFORE} <= {topic.key for topic in found.topics}
