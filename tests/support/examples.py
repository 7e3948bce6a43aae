"""How many examples a property is shown: few in every run, many in a soak.

A property without a number of its own gets :data:`FEW`. `make soak` shows each :data:`SOAK` times as many.
"""

from __future__ import annotations

from hypothesis import settings

FEW = 20
SOAK = 50


def profile(name: str, *, soak: bool) -> None:
    """Make a profile and have all properties that are defined from now on use it.

    No example has a deadline: how long one takes says more of the machine's load than of the code.
    """
    settings.register_profile(name, max_examples=FEW * (SOAK if soak else 1), deadline=None)
    settings.load_profile(name)


def examples(few: int) -> int:
    """The number for a property whose examples take longer, or tell less, than most."""
    usual: int = settings().max_examples
    return few * usual // FEW
