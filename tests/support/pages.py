"""The pages of docs/ and the README as data: their fenced blocks, to be run as they stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NEEDS_ACCOUNT = "# needs an account\n"
"""The first line of a block that a test only parses."""
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the word after the fence, and what is in it."""

    language: str
    text: str

    @property
    def needs_account(self) -> bool:
        """Whether its first line says so."""
        return self.text.startswith(NEEDS_ACCOUNT)

    @property
    def file(self) -> str | None:
        """The file that its first line names: ``# Pulumi.yaml``."""
        named = re.match(r"# (\S+\.(?:py|yaml))\n", self.text)
        return named[1] if named else None

    @property
    def code(self) -> int:
        """The exit code that its last line says: ``# exit code 2``; else 0."""
        said = re.search(r"# exit code (\d+)\n\Z", self.text)
        return int(said[1]) if said else 0


def page(name: str) -> str:
    """The text of a page, by its path in the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(*found) for found in _BLOCK.findall(page(name))]
