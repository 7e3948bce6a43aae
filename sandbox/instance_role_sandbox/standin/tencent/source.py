"""The real plugin's schemas, which the stand-in's facts are from (terraform-provider-tencentcloud, which it wraps)."""

from __future__ import annotations

_COMMIT = "f6970a90038400958503a0edab62c6c463baa7b0"  # August 2026
SOURCE = f"https://github.com/tencentcloudstack/terraform-provider-tencentcloud/blob/{_COMMIT}/tencentcloud/services/"
