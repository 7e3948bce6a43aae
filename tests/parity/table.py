"""`python -m tests.parity.table [beginning of a scenario's name ...]`: all scenarios, and how each compares."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.parity.compare import Difference, accepted, differences, scenarios

WORKERS = 2


def _timed(scenario: str) -> tuple[list[Difference], float]:
    began = time.monotonic()
    return differences(scenario), time.monotonic() - began


def main(only: list[str]) -> int:
    """Print the table; 1 when something differs that is not accepted, or no longer differs that is."""
    chosen = [s for s in scenarios() if not only or s.startswith(tuple(only))]
    known = accepted()
    wrong = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for scenario, (found, seconds) in zip(chosen, pool.map(_timed, chosen), strict=True):
            reasons = known.get(scenario, {})
            unknown = [d for d in found if (d.operation, d.field) not in reasons]
            vanished = set(reasons) - {(d.operation, d.field) for d in found}
            verdict = "DIFFERS" if unknown or vanished else f"{len(found)} accepted" if found else "same"
            print(f"{scenario:<32} {verdict:<12} {seconds:5.1f} s", flush=True)
            for difference in unknown:
                print(difference.text)
            for operation, field in sorted(vanished):
                print(f"  operation {operation}: {field} no longer differs; take it out of accepted.json")
            wrong += bool(unknown or vanished)
    print(
        f"{len(chosen)} scenarios, {wrong} with differences" if wrong else f"{len(chosen)} scenarios, all as recorded"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
