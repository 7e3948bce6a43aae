"""The review as JSON, by the schema beside ``model``."""

from pulumi_instance_role.review.encode import to_json as render

__all__ = ["render"]
