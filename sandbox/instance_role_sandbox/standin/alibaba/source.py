"""The real plugin's schemas, which the stand-in's facts are from (terraform-provider-alicloud, which it wraps)."""

from __future__ import annotations

SOURCE = "https://github.com/aliyun/terraform-provider-alicloud/blob/v1.285.0/alicloud/"
