"""tencentcloud, the plugin of ``tencentcloud_iac_pulumi``: Tencent Cloud's networks and CVM instances."""

from __future__ import annotations

from instance_role_sandbox.standin.lifecycle import lives
from instance_role_sandbox.standin.plugin import Plugin
from instance_role_sandbox.standin.tencent.api import Api
from instance_role_sandbox.standin.tencent.catalogue import TABLES
from instance_role_sandbox.standin.tencent.functions import FUNCTIONS
from instance_role_sandbox.standin.tencent.rules import RULES
from instance_role_sandbox.standin.tencent.settings import REAL, settings

PLUGIN = Plugin(
    name="tencentcloud",
    package="tencentcloud-iac-pulumi",
    real=REAL,
    lives={**lives(TABLES.values()), RULES.table.type: RULES},
    functions=FUNCTIONS,
    check=settings,
    connect=lambda config: Api(settings(config)),
)
