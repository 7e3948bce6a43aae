"""An inventory as one web page that needs nothing but itself: the page of a review, with what is so in its lists.

Template, styles, script and picture are those of ``review.forms.html``; this adds what is said of an account. The page
is of a bounded size, whatever the account: instances stand together by role and VPC, and what is left out is counted.

Needs jinja2, which the extra ``review`` brings.
"""

from __future__ import annotations

from pathlib import Path

from pulumi_instance_role.inventory.audit import Audit
from pulumi_instance_role.inventory.html.view import page
from pulumi_instance_role.review.forms.html import fill

_HERE = Path(__file__).parent


def render(audit: Audit, *, verdict: bool = False) -> str:
    """The page. ``verdict``: whether somebody asked what fails."""
    return fill("account.html.j2", page(audit, verdict=verdict), _HERE)
