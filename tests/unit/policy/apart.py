"""Condition operators once more, for comparing: from the clouds' pages, without a line of the product.

https://www.alibabacloud.com/help/en/ram/conditional-operator, https://www.tencentcloud.com/document/product/598/58420
and https://www.tencentcloud.com/document/product/598/10608. An operator's name is read word by word; values are
compared as texts, fractions, seconds since 1970, or bits. ``None`` is "no page says".
"""

from __future__ import annotations

import calendar
import re
import socket
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Answer = bool | None


def answer(name: str, wanted: Sequence[str], given: Sequence[str] | None) -> Answer:
    """Whether a condition holds; ``given`` is ``None`` for a request that lacks the key."""
    every = re.match(r"for_all_value:|ForAllValues:", name)
    some = re.match(r"for_any_value:|ForAnyValue:", name)
    bare = re.sub(r"^[^:]*:", "", name)
    lenient = bare.endswith("_if_exist")
    words = re.findall(r"[A-Z][a-z]*|[a-z]+", bare.removesuffix("_if_exist"))
    words = [word.lower().replace("equals", "equal") for word in words]
    if words[0] == "null":
        return _missing(wanted, given)
    if given is None:
        if lenient:
            return True
        if every:
            return None
        return "not" in words and not some
    answers = [_alike(words, wanted, one) for one in given]
    if every or some:
        right = [None if one is None else one is not ("not" in words) for one in answers]
        if every:
            return None if not right else False if False in right else None if None in right else True
        return True if True in right else None if None in right else False
    met = True if True in answers else None if None in answers else False
    return met if "not" not in words or met is None else not met


def _missing(wanted: Sequence[str], given: Sequence[str] | None) -> Answer:
    is_missing = given is None or not [one for one in given if one]
    answers = {"true": is_missing, "false": not is_missing}
    found = [answers.get(one.strip().lower()) for one in wanted]
    return True if True in found else None if None in found else False


def _alike(words: Sequence[str], wanted: Sequence[str], given: str) -> Answer:
    """Whether a value is like one of those wanted, the sign left out."""
    found: list[Answer] = []
    for one in wanted:
        left = _read(words, one, pattern=True)
        right = _read(words, given, pattern=False)
        found.append(None if left is None else False if right is None else _compare(words, left, right))
    return True if True in found else None if None in found else False


def _compare(words: Sequence[str], left: Any, right: Any) -> bool:
    if "ip" in words:
        (version, bits, length), (other, address, whole) = left, right
        return bool(version == other and address[:length] == bits[:length] and whole == len(address))
    if "like" in words:
        return re.fullmatch(left, right, re.DOTALL) is not None
    if "less" in words:
        return bool(right < left or ("equal" in words and right == left))
    if "greater" in words:
        return bool(right > left or ("equal" in words and right == left))
    return bool(left == right)


def _read(words: Sequence[str], text: str, *, pattern: bool) -> Any:
    """The value of a text; ``None`` for a text that is not of the operator's form."""
    if "ip" in words:
        return _bits(text.strip())
    if words[0] == "bool":
        return {"true": 1, "false": 0}.get(text.strip().lower())
    if words[0] == "numeric":
        return Fraction(text.strip()) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text.strip()) else None
    if words[0] == "date":
        return _seconds(text.strip())
    if "like" in words and pattern:
        return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in text)
    return text.lower() if "case" in words else text


def _bits(text: str) -> tuple[int, str, int] | None:
    address, slash, length = text.partition("/")
    for version, family in ((4, socket.AF_INET), (6, socket.AF_INET6)):
        try:
            bits = "".join(f"{byte:08b}" for byte in socket.inet_pton(family, address))
        except OSError:
            continue
        if not slash:
            return version, bits, len(bits)
        return (version, bits, int(length)) if length.isdigit() and int(length) <= len(bits) else None
    return None


def _seconds(text: str) -> int | None:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T ?(\d\d:\d\d:\d\d)(Z|([+-])(\d\d):(\d\d))?", text)
    if found is None:
        return None
    seconds = calendar.timegm(time.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H:%M:%S"))
    shift = int(found[5]) * 3600 + int(found[6]) * 60 if found[4] else 0
    return seconds - (shift if found[4] == "+" else -shift)
