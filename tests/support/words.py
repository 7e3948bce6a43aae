"""Checks the product's lists of words: ``python -m tests.support.words``. A test runs it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pulumi_instance_role import data
from pulumi_instance_role.policy.canonical import canonical
from pulumi_instance_role.policy.dialect import LANGUAGES
from pulumi_instance_role.policy.document import PolicyError

FOLDER = Path(data.__file__).parent
_ROW = {"name", "url", "date", "dated", "document"}


def problems(folder: Path = FOLDER) -> list[str]:
    """Everything that is wrong with the lists, one a line; nothing when all is well."""
    return [*_policies(folder), *_names(folder), *_actions(folder)]


def _policies(folder: Path) -> Iterator[str]:
    listed = _names_of(folder)
    for cloud, rows in _read(folder, "system_policies.json").items():
        language = LANGUAGES[cloud]
        names = [row.get("name", "?") for row in rows]
        yield from _twice(f"{cloud} system policy", names)
        if names != sorted(names):
            yield f"{cloud}: the system policies are not in alphabetical order"
        for row in rows:
            who = f"{cloud} {row.get('name')}"
            if set(row) != _ROW:
                yield f"{who}: has {sorted(row)}, not {sorted(_ROW)}"
                continue
            if not row["url"].startswith("https://") or row["dated"] not in ("policy", "page"):
                yield f"{who}: says not where it is from"
            if not re.fullmatch(r"(20\d\d-[01]\d-[0-3]\d)?", row["date"]):  # two pages give none
                yield f"{who}: {row['date']!r} is no date"
            if row["name"] not in listed[cloud]:
                yield f"{who}: is not among the names"
            try:
                if canonical(row["document"], language) != row["document"]:
                    yield f"{who}: the document is not in canonical form"
            except PolicyError as error:
                yield f"{who}: {error}"


def _names(folder: Path) -> Iterator[str]:
    for cloud, groups in _read(folder, "policy_names.json").items():
        names = [name for group in groups.values() for name in group.split(" ")]
        yield from _twice(f"{cloud} name", names)
        yield from (f"{cloud}: {name!r} is no name" for name in names if not re.fullmatch(r"[\w-]+", name))


def _actions(folder: Path) -> Iterator[str]:
    for cloud, language in LANGUAGES.items():
        for service, text in _read(folder, f"actions_{cloud}.json").items():
            names = text.split(" ")
            yield from _twice(f"{cloud} action of {service}", names)
            for name in names:
                if not language.action.fullmatch(f"{service}:{name}") or "*" in name:
                    yield f"{cloud}: {service}:{name} is no action"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {name} is there twice" for name, count in Counter(names).items() if count > 1)


def _names_of(folder: Path) -> dict[str, set[str]]:
    found = _read(folder, "policy_names.json")
    return {cloud: {name for group in groups.values() for name in group.split()} for cloud, groups in found.items()}


def _read(folder: Path, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError(f"{name}: a key stands twice in one object")
        return found

    return json.loads((folder / name).read_text(encoding="utf-8"), object_pairs_hook=once)


if __name__ == "__main__":
    found = problems()
    print("\n".join(found) or "the lists are in order")
    sys.exit(bool(found))
