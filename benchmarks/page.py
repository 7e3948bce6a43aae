"""``benchmarks/README.md`` and its plots, from the figures of the last runs: what ``--write`` does.

The figures are kept in ``figures.json`` beside them, so that a run of a part replaces that part alone, and the page and
the plots can be made again without measuring.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.before import BEFORE
from benchmarks.rows import Row, Topic, merged, topic_of

FOLDER = Path(__file__).parent
FIGURES = FOLDER / "figures.json"
PAGE = FOLDER / "README.md"
PLOTS = FOLDER / "plots"
_WIDTH = 320  # of the longest bar, in the plot's units
_PLOTTED = 16  # rows in one plot: the last ones, which are the largest


@dataclass(frozen=True)
class Figures:
    """What was measured, and on what kind of machine."""

    machine: str
    delay_milliseconds: int
    topics: tuple[Topic, ...]

    def data(self) -> dict[str, Any]:
        """For a file."""
        return {
            "machine": self.machine,
            "delay_milliseconds": self.delay_milliseconds,
            "topics": [topic.data() for topic in self.topics],
        }


def machine() -> str:
    """The kind of machine: processors, memory and Python; no name of anything."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB"
    return f"{kind}, {platform.system()}, Python {'.'.join(platform.python_version_tuple()[:2])}"


def figures(file: Path = FIGURES) -> Figures | None:
    """The figures of the last runs, if there are any."""
    if not file.exists():
        return None
    data = json.loads(file.read_text(encoding="utf-8"))
    return Figures(data["machine"], data["delay_milliseconds"], tuple(map(topic_of, data["topics"])))


def write(topics: Sequence[Topic], delay: int) -> list[Path]:
    """Keep the figures, and make the page and the plots of all there are; the files."""
    before = figures()
    found = Figures(machine(), delay, tuple(merged(before.topics if before else (), topics)))
    FIGURES.write_text(json.dumps(found.data(), indent=1) + "\n", encoding="utf-8")
    PLOTS.mkdir(exist_ok=True)
    written = [FIGURES]
    for path, text in made(found).items():
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def made(found: Figures) -> dict[Path, str]:
    """The page and the plots, as text."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(before=lambda topic, row: BEFORE.get((topic.key, row.work)))
    environment.filters.update(seconds=_seconds, bars=_bars, xml=_xml)
    page = environment.get_template("README.md.j2").render(figures=found)
    plot = environment.get_template("plot.svg.j2")
    plots = {PLOTS / f"{topic.key}.svg": plot.render(topic=topic) + "\n" for topic in found.topics}
    return {PAGE: page + "\n", **plots}


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _bars(topic: Topic) -> list[dict[str, Any]]:
    """The rows of a plot, each with its bars: the longer one of a row has the whole width."""
    rows = [row for row in topic.rows if row.other_seconds and row.seconds][-_PLOTTED:]
    return [{"row": row, "ours": _length(row, row.seconds), "other": _length(row, row.other_seconds)} for row in rows]


def _length(row: Row, seconds: float | None) -> int:
    return max(1, round(_WIDTH * (seconds or 0) / max(row.seconds, row.other_seconds or 0)))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "")
