"""Provider errors made short.

The SDK's dynamic provider host answers any exception with a whole traceback. A person wants its last part, the
exception itself; where the exception has a message of several lines, those are kept.
"""

from __future__ import annotations

HEAD = "Traceback (most recent call last):"


def reduced(text: str) -> str:
    """The text without a traceback's frames; of a chain of exceptions the last. Text without one is as it was."""
    if HEAD not in text:
        return text
    lines = text[text.rindex(HEAD) :].splitlines()[1:]
    last_frame = max((i for i, line in enumerate(lines) if line.startswith(" ")), default=-1)
    # a message of several lines may have indented ones: frames begin with two blanks and 'File'
    frames = [i for i, line in enumerate(lines) if line.startswith("  File ")]
    first = next((i for i, line in enumerate(lines) if i > (frames[-1] if frames else -1) and line[:1].strip()), None)
    kept = lines[first:] if first is not None else lines[last_frame + 1 :]
    return "\n".join(kept).strip() or text
