"""What the embedded engine does otherwise than the real one was recorded to do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parity import record
from tests.parity.adapter import Embedded

HERE = Path(__file__).parent
ACCEPTED = HERE / "accepted.json"


@dataclass(frozen=True)
class Difference:
    """One field of one operation that is not as recorded."""

    operation: int
    field: str
    text: str


def scenarios() -> list[str]:
    """All scenarios, by folder."""
    return sorted(p.parent.name for p in (HERE / "scenarios").glob("*/scenario.json"))


def differences(scenario: str) -> list[Difference]:
    """Run a scenario and compare it, field by field, with its recording."""
    folder = HERE / "scenarios" / scenario
    records = record.run_scenario(folder, Embedded)
    expected = record.unpack(json.loads((folder / "expected.json").read_text(encoding="utf-8"))["operations"])
    found = []
    if len(expected) != len(records):
        found.append(Difference(0, "operations", f"{len(expected)} recorded, {len(records)} now"))
    for number, claim in ((r["number"], c) for r in records for c in r["broken_claims"]):
        if not claim.startswith("says"):  # what it says is compared as the field `said`
            found.append(Difference(number, "before", f"does not hold: {claim}"))
    for want, have in zip(expected, record.unpack(record.pack(records)), strict=False):
        for field in record.COMPARED:
            if want.get(field) != have.get(field):
                lines = record.differences([want], [have], set(record.COMPARED) - {field})
                found.append(Difference(want["number"], field, "\n".join(lines)))
    return found


def accepted() -> dict[str, dict[tuple[int, str], str]]:
    """Differences that stay: scenario -> (operation, field) -> reason."""
    entries: list[dict[str, Any]] = json.loads(ACCEPTED.read_text(encoding="utf-8"))
    found: dict[str, dict[tuple[int, str], str]] = {}
    for entry in entries:
        found.setdefault(entry["scenario"], {})[entry["operation"], entry["field"]] = entry["reason"]
    return found
