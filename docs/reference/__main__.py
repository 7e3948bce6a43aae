"""``python -m docs.reference [--check]``: write the pages made from the code, or say which of them are old."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.reference import emulator, scale, standins

FOLDER = Path(__file__).parent.parent
PAGES: Mapping[str, Callable[[], str]] = {
    "emulator-alibaba.md": emulator.alibaba,
    "emulator-tencent.md": emulator.tencent,
    "stand-ins.md": standins.page,
    "scale.md": scale.page,
}


def main() -> int:
    """Write every page; with ``--check``, 1 when one is not as the code says."""
    old = []
    for name, made in PAGES.items():
        path, text = FOLDER / name, made()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote docs/{name}\n")
    if old and "--check" in sys.argv:
        sys.stderr.write(f"old: {', '.join(f'docs/{name}' for name in old)}; run `make pages`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
