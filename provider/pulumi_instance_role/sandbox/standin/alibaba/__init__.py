"""pulumi-alicloud: Alibaba Cloud's networks and ECS instances."""

from __future__ import annotations

from pulumi_instance_role.sandbox.standin.alibaba.api import Api
from pulumi_instance_role.sandbox.standin.alibaba.catalogue import TABLES
from pulumi_instance_role.sandbox.standin.alibaba.functions import FUNCTIONS
from pulumi_instance_role.sandbox.standin.alibaba.rules import RULES
from pulumi_instance_role.sandbox.standin.alibaba.settings import REAL, settings
from pulumi_instance_role.sandbox.standin.lifecycle import lives
from pulumi_instance_role.sandbox.standin.plugin import Plugin

PLUGIN = Plugin(
    name="alicloud",
    package="pulumi-alicloud",
    real=REAL,
    lives={**lives(TABLES.values()), RULES.table.type: RULES},
    functions=FUNCTIONS,
    check=settings,
    connect=lambda config: Api(settings(config)),
)
