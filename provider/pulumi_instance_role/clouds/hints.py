"""What to do about a failure, by its kind: the last words of an error that nothing more precise is known about."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.clouds.operations import is_read
from pulumi_instance_role.clouds.port import ErrorKind

HINTS: Mapping[ErrorKind, str] = {
    ErrorKind.NOT_FOUND: "Check the name or id, the account and the region.",
    ErrorKind.DENIED: "Ask the account's administrator to allow this action to the credentials in use.",
    ErrorKind.CREDENTIALS: "Check the access key and its secret, or sign in again if they are temporary.",
    ErrorKind.EXISTS: "Choose another name, or set adopt=True to take over what is there.",
    ErrorKind.OCCUPIED: 'Take the other role away first, or set on_conflict="replace".',
    ErrorKind.IN_USE: "Remove what depends on it, then try again.",
    ErrorKind.QUOTA: "Delete what is not needed, or have the account's limit raised.",
    ErrorKind.INVALID: "Correct it and run again.",
    ErrorKind.UNTRUSTED: "Let the instance service assume the role in the role's trust policy.",
    ErrorKind.NOT_IN_VPC: "Only instances in a VPC can hold a role; choose another instance or move it into a VPC.",
    ErrorKind.BUSY: "Another operation is under way; run again when it has ended.",
    ErrorKind.THROTTLED: "Too many requests; run again in a minute, or lower --parallel.",
    ErrorKind.UNAVAILABLE: "The cloud has trouble of its own; run again later.",
    ErrorKind.UNREACHABLE: "Check the network, the proxy and the endpoint, then run again: it continues where it was.",
    ErrorKind.UNSUPPORTED: "This cloud cannot do it; leave the setting out.",
    ErrorKind.UNKNOWN: "Look the code up in the cloud's error list, or run again.",
}

_OF_READS: Mapping[ErrorKind, str] = {
    ErrorKind.THROTTLED: "Too many requests; run again in a minute.",  # not every command that reads has --parallel
    ErrorKind.UNREACHABLE: "Check the network, the proxy and the endpoint, then run again.",
}
"""Of what changes nothing, so that there is nothing to continue."""


def hint_of(kind: ErrorKind, operation: str) -> str:
    """What to do about a failure of ``operation``."""
    return _OF_READS.get(kind, HINTS[kind]) if is_read(operation) else HINTS[kind]
