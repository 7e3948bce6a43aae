from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.wildcard import matches


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_agrees_with_the_regular_expression(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert matches(pattern, text) == bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.timeout(5)
def test_hostile_pattern_takes_no_time() -> None:
    assert not matches("a*" * 2_000 + "b", "a" * 2_000)
