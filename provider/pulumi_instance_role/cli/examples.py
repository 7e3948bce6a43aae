"""The end of a command's help: how it is called."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """An epilog with these calls, one a line, each starting at ``instance-role``. The tests parse each of them."""
    # \b keeps the lines as they are: click would wrap them into a paragraph.
    return "\n".join(["\b", "Example:" if len(lines) == 1 else "Examples:", *(f"  {one}" for one in lines)])
