"""pulumi-alicloud: Alibaba Cloud's networks and ECS instances."""

from __future__ import annotations

from instance_role_sandbox.standin.alibaba.api import Api
from instance_role_sandbox.standin.alibaba.catalogue import TABLES
from instance_role_sandbox.standin.alibaba.functions import FUNCTIONS
from instance_role_sandbox.standin.alibaba.rules import RULES
from instance_role_sandbox.standin.alibaba.settings import REAL, settings
from instance_role_sandbox.standin.lifecycle import lives
from instance_role_sandbox.standin.plugin import Plugin

PLUGIN = Plugin(
    name="alicloud",
    package="pulumi-alicloud",
    real=REAL,
    lives={**lives(TABLES.values()), RULES.table.type: RULES},
    functions=FUNCTIONS,
    check=settings,
    connect=lambda config: Api(settings(config)),
)
