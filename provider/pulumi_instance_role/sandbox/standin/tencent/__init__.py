"""tencentcloud, the plugin of ``tencentcloud_iac_pulumi``: Tencent Cloud's networks and CVM instances."""

from __future__ import annotations

from pulumi_instance_role.sandbox.standin.lifecycle import lives
from pulumi_instance_role.sandbox.standin.plugin import Plugin
from pulumi_instance_role.sandbox.standin.tencent.api import Api
from pulumi_instance_role.sandbox.standin.tencent.catalogue import TABLES
from pulumi_instance_role.sandbox.standin.tencent.functions import FUNCTIONS
from pulumi_instance_role.sandbox.standin.tencent.rules import RULES
from pulumi_instance_role.sandbox.standin.tencent.settings import REAL, settings

PLUGIN = Plugin(
    name="tencentcloud",
    package="tencentcloud-iac-pulumi",
    real=REAL,
    lives={**lives(TABLES.values()), RULES.table.type: RULES},
    functions=FUNCTIONS,
    check=settings,
    connect=lambda config: Api(settings(config)),
)
