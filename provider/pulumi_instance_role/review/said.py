"""What a preview said, for someone who looks for what went wrong.

The CLI's messages begin with their severity, come several times, and in an order that changes from run to run; a fault
of the program is the last line of a traceback, and what follows from a fault ("program exited with ...") stands beside
it. Here each is said once, with how often it came, causes before what follows from them, the point of it as its first
line and the rest below.

Limits: what follows from another message is known by the engine's words for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_instance_role.transport.redact import redact

LONGEST = 300
"""Characters of a first line; the rest of a longer one is below it."""
MOST = 20_000
"""Characters of a message that are kept."""
SEVERITIES = ("error", "warning", "info")
"""Those that are shown; debug messages are not."""

_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?)?|<\{%[^%\n]{0,40}%\}>")
_PREFIX = re.compile(r"^(?:error|warning|info)\s*:\s*", re.IGNORECASE)
_TRACEBACK = "Traceback (most recent call last):"
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_FOLLOWS = re.compile(
    r"an unhandled error occurred: program exited with non-zero exit code|resource monitor shut down|"
    r"(?:preview|update) failed\.?$",
    re.IGNORECASE,
)
# The engine's words for what ends a preview: sdk/go/common/diag/errors.go and the language hosts of pulumi/pulumi.
_FATAL = re.compile(
    r"unhandled (?:exception|error)|non-zero exit code|resource monitor shut down|(?:preview|update) failed|"
    r"has a problem:|running program .* failed|preflight found|duplicate resource (?:urn|alias)|"
    r"(?:bad|unknown) provider |could not be found in the stack|not specified in --target list|"
    r"cannot delete parent resource|traceback \(most recent call last\)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Message:
    """Something that the engine or the program said: its point, and what else there is to it, line by line."""

    severity: str
    urn: str
    text: str
    details: tuple[str, ...] = ()
    times: int = 1

    @property
    def fatal(self) -> bool:
        """Whether it is the engine's word for what ends a preview. The program may log errors that do not."""
        return self.severity == "error" and any(_FATAL.search(one) for one in (self.text, *self.details))


def messages(raw: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """The messages, each once: errors before warnings, causes before what follows from them."""
    found = Counter(
        _message(severity, str(one.get("urn") or ""), str(one.get("message") or ""))
        for one in raw
        if (severity := str(one.get("severity", "info")).removesuffix("#err")) in SEVERITIES
    )
    once = [Message(one.severity, one.urn, one.text, one.details, times) for one, times in found.items() if one.text]
    return tuple(sorted(once, key=_order))


def _order(one: Message) -> tuple[object, ...]:
    return (SEVERITIES.index(one.severity), bool(_FOLLOWS.match(one.text)), one.urn, one.text, one.details)


def _message(severity: str, urn: str, text: str) -> Message:
    lines = [line for one in text[:MOST].splitlines() if (line := _line(one)).strip()]
    if len(text) > MOST:
        lines.append(f"... and {len(text) - MOST:,} characters more")
    if lines:
        bare = _PREFIX.sub("", lines[0].strip()).removeprefix(urn or " ").strip()
        lines[0] = _PREFIX.sub("", bare.removeprefix("verification "))
    lines = _raised(lines) if any(one.strip() == _TRACEBACK for one in lines) else lines
    head, *rest = lines or [""]
    first, more = _cut(head.strip())
    return Message(severity, urn, first, (*([more] if more else []), *(one.strip() for one in rest)))


def _raised(lines: list[str]) -> list[str]:
    """An exception: what was raised, then the words that came before it, then where."""
    start = max(n for n, one in enumerate(lines) if one.strip() == _TRACEBACK)
    # The frames are indented; what was raised is not, and may go on over several lines.
    said = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(" ")), len(lines) - 1)
    point = " ".join(one.strip() for one in lines[said:])
    return [point, *lines[:said]] if _RAISED.match(point) else lines


def _cut(line: str) -> tuple[str, str]:
    if len(line) <= LONGEST:
        return line, ""
    end = line.rfind(" ", LONGEST // 2, LONGEST)
    end = end if end > 0 else LONGEST
    return f"{line[:end]} ...", f"... {line[end:].strip()}"


def _line(text: str) -> str:
    """A line without colours, credentials and what cannot be printed."""
    bare = _COLOURS.sub("", text)
    indent = " " if bare[:1].isspace() else ""
    return indent + redact(" ".join("".join(one if one.isprintable() else " " for one in bare).split()))
