"""What the same work took before it was looked into, and what was wanted, for the rows where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Before(NamedTuple):
    """``was`` and ``wanted``, as a reader sees them."""

    was: str
    wanted: str = ""


BEFORE: Mapping[tuple[str, str], Before] = {
    ("binding", "change role, 1,000 instances, alibaba"): Before("171 calls", "80 calls"),
    ("binding", "unbind, 1,000 instances, alibaba"): Before("111 calls", "60 calls"),
    ("binding", "unbind, 1,000 instances, tencent"): Before("91 calls", "45 calls"),
    ("binding", "bind, 1,000 instances, alibaba"): Before("63 calls", "45 calls"),
    ("binding", "preview, 1,000 instances, alibaba"): Before("36 calls", "30 calls"),
    ("binding", "bind, 10,000 instances, alibaba"): Before("24 s", "12 s"),
    ("binding", "change role, 10,000 instances, alibaba"): Before("40 s", "20 s"),
    ("binding", "preview, 10,000 instances, alibaba"): Before("21 s", "10.5 s"),
    ("binding", "refresh, 10,000 instances, alibaba"): Before("19 s", "9.5 s"),
    ("first", "alibaba"): Before("19 calls", "14 calls"),
    ("first", "tencent"): Before("24 calls", "14 calls"),
    ("start", "host of an update that calls, alibaba"): Before("+0.22 s, +31 MiB", "+0.10 s"),
    ("start", "host of an update that changes nothing, alibaba"): Before("+0.22 s, +31 MiB", "+0.10 s"),
    ("start", "host of an update that calls, tencent"): Before("+0.10 s", "+0.10 s"),
    ("start", "host of an update that changes nothing, tencent"): Before("+0.10 s", "+0.10 s"),
    ("overhead", "create, 200 resources"): Before("1.87", "1.4"),
    ("overhead", "up without changes, 200 resources"): Before("1.22", "1.1"),
    ("overhead", "preview, 200 resources"): Before("1.59", "1.3"),
    ("overhead", "refresh, 200 resources"): Before("1.64", "1.3"),
    ("overhead", "destroy, 200 resources"): Before("2.17", "1.6"),
}
"""By the topic's key and the row's work. Calls, seconds over ``import pulumi``, or times the other way's seconds."""
