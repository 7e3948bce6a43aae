"""Provider errors made short.

The SDK's dynamic provider host answers any exception with a whole traceback. A person wants its last part, the
exception itself; where the exception has a message of several lines, those are kept.
"""

from __future__ import annotations

HEAD = "Traceback (most recent call last):"


def reduced(text: str) -> str:
    """The text without a traceback's frames; of a chain of exceptions the last. Text without one is as it was."""
    lines = text.splitlines()
    frames = [i for i, line in enumerate(lines) if line.startswith("  File ")]
    if HEAD not in text or not frames:
        return text
    # what belongs to a frame is indented; the first line that is not begins the exception
    first = next((i for i in range(frames[-1], len(lines)) if lines[i][:1].strip()), None)
    return text if first is None else "\n".join(lines[first:]).strip()
