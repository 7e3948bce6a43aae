"""A resource that tells what its provider host has imported."""

from __future__ import annotations

import sys
from typing import Any

from pulumi.dynamic import CheckResult, ResourceProvider


class ProbeProvider(ResourceProvider):
    """Its checked input ``modules`` are the names of all modules of the process."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult({"modules": sorted(sys.modules)}, [])
