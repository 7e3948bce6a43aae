"""What a project needs of each cloud: variables, configuration keys, plugin, inventory, the calls of the proof.

One file a cloud; :mod:`.cloud` says what is in it. Above this folder nothing asks which cloud it is.
"""

from __future__ import annotations

from instance_role_sandbox.project.clouds.alibaba import ALIBABA
from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.clouds.tencent import TENCENT

__all__ = ["ALIBABA", "CLOUDS", "TENCENT"]

CLOUDS: tuple[Cloud, ...] = (ALIBABA, TENCENT)
