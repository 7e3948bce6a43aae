"""What the names of the clouds' operations say: both clouds keep to the same few verbs."""

from __future__ import annotations


def is_read(operation: str) -> bool:
    """Whether an operation changes nothing, by the first word of its name; ``AssumeRole`` only hands out keys."""
    return operation.startswith(("Get", "List", "Describe")) or operation == "AssumeRole"
