"""A request's parameters, read by type, whatever way the client's SDK spelled them.

https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism: lists are ``Name.1``,
structures ``Name.1.Key``,
some parameters hold one JSON text. Python clients send booleans as ``True``/``False``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .. import json_text
from .errors import ApiError, invalid, missing

_NUMBERED = re.compile(r"(?P<index>[1-9]\d{0,3})(?:\.(?P<rest>.+))?")


class Params:
    """The business parameters of one request (what signing needs is not among them)."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def raw(self) -> dict[str, str]:
        """All of them, as they came."""
        return dict(self._values)

    def optional(self, name: str) -> str | None:
        """The text, which may be empty; ``None`` if it was not sent."""
        return self._values.get(name)

    def required(self, name: str) -> str:
        """The text; ``Missing<Name>`` (400) when it was not sent or is empty."""
        value = self._values.get(name, "")
        if not value:
            raise missing(name)
        return value

    def text(self, name: str, default: str = "") -> str:
        """The text, or ``default`` when it was not sent or is empty."""
        return self._values.get(name) or default

    def integer(self, name: str, default: int, low: int, high: int, code: str = "InvalidParameter") -> int:
        """A whole number from ``low`` to ``high``; anything else is an error of ``code`` (400)."""
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,18}", text) or not low <= int(text) <= high:
            raise invalid(name, code)
        return int(text)

    def boolean(self, name: str, default: bool = False, code: str = "InvalidParameter") -> bool:
        """``true`` or ``false`` in any case."""
        text = self.text(name).lower()
        if text not in ("", "true", "false"):
            raise invalid(name, code)
        return text == "true" if text else default

    def choice(self, name: str, choices: tuple[str, ...], default: str, code: str = "InvalidParameter") -> str:
        """One of ``choices``."""
        text = self.text(name, default)
        if text not in choices:
            raise invalid(name, code)
        return text

    def json_texts(self, name: str, error: ApiError | None = None) -> list[str]:
        """A JSON array of texts (``InstanceIds``, ``ResourceNames``); ``error`` is raised for anything else.

        Not sent or empty: an empty list.
        """
        text = self.text(name)
        if not text:
            return []
        try:
            value = json_text.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise error or invalid(name)
        return value

    def numbered(self, name: str) -> list[str]:
        """``Name.1``, ``Name.2``, ... in the order of their numbers."""
        return [item[""] for item in self.structures(name) if "" in item]

    def structures(self, name: str) -> list[dict[str, str]]:
        """``Name.1.Key``, ``Name.1.Value``, ... as a dict for each number (a bare ``Name.1`` under the key ``""``)."""
        found: dict[int, dict[str, str]] = {}
        for key, value in self._values.items():
            if not key.startswith(f"{name}."):
                continue
            match = _NUMBERED.fullmatch(key[len(name) + 1 :])
            if match:
                found.setdefault(int(match["index"]), {})[match["rest"] or ""] = value
        return [found[index] for index in sorted(found)]
