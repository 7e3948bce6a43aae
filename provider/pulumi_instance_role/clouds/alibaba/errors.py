"""Alibaba Cloud's error codes -> what they mean to a caller, as a table.

Codes from https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-errorcodes,
https://api.alibabacloud.com/document/Ecs/2014-05-26/errorCode and the gateway's list. Match on codes only: messages
differ by age and by region. The code for "this instance holds a role already" is published nowhere, so none stands
for ``OCCUPIED``: the adapter reads the instance instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.transport.redact import redact

NO_CONNECTION = "NoConnection"
"""Our own code: the request never left, so nothing can have happened."""
NO_ANSWER = "NoAnswer"
"""Our own code: the request left and no answer came, so it is not known what happened."""
EMPTY_BODY = "EmptyBody"
"""Our own code: an answer without content; seen from ECS for attach, detach and describe."""
UNREADABLE_BODY = "UnreadableBody"
"""Our own code: an answer that is not JSON."""

ROLE_NOT_FOUND = "InvalidRamRole.NotFound"

# First match wins; * is a wildcard.
KINDS: tuple[tuple[str, ErrorKind], ...] = (
    ("*Throttling*", ErrorKind.THROTTLED),
    ("*FlowControl*", ErrorKind.THROTTLED),
    (ROLE_NOT_FOUND, ErrorKind.NOT_FOUND),
    ("InvalidRamRole.NotEcsRole", ErrorKind.UNTRUSTED),
    ("InvalidNetworkType.MismatchRamRole", ErrorKind.NOT_IN_VPC),
    ("InvalidUser.PassRoleForbidden", ErrorKind.DENIED),
    ("InvalidInstanceId.NotFound", ErrorKind.NOT_FOUND),
    ("InvalidInstanceIds.NotFound", ErrorKind.NOT_FOUND),
    ("Forbidden.InstanceNotFound", ErrorKind.NOT_FOUND),
    ("EntityNotExist.*", ErrorKind.NOT_FOUND),
    ("EntityAlreadyExists.*", ErrorKind.EXISTS),
    ("DeleteConflict.*", ErrorKind.IN_USE),
    ("LimitExceeded*", ErrorKind.QUOTA),
    ("Quota*Exceed*", ErrorKind.QUOTA),
    ("InvalidAccessKeyId*", ErrorKind.CREDENTIALS),
    ("InvalidAccessKeySecret", ErrorKind.CREDENTIALS),
    ("Forbidden.AccessKey*", ErrorKind.CREDENTIALS),
    ("SignatureDoesNotMatch", ErrorKind.CREDENTIALS),
    ("IncompleteSignature", ErrorKind.CREDENTIALS),
    ("*SecurityToken*", ErrorKind.CREDENTIALS),
    ("InvalidTimeStamp*", ErrorKind.CREDENTIALS),
    ("SignatureNonceUsed", ErrorKind.UNAVAILABLE),  # a new try carries a new nonce
    ("NoPermission*", ErrorKind.DENIED),
    ("Forbidden", ErrorKind.DENIED),
    ("Forbidden.RAM", ErrorKind.DENIED),
    ("Forbidden.SubUser", ErrorKind.DENIED),
    ("Inactive", ErrorKind.DENIED),
    ("InvalidAction.NotFound", ErrorKind.UNSUPPORTED),
    ("InvalidApi.NotFound", ErrorKind.UNSUPPORTED),
    ("MalformedPolicyDocument*", ErrorKind.INVALID),
    ("InvalidRegionId*", ErrorKind.INVALID),
    ("InvalidParameter*", ErrorKind.INVALID),
    ("InvalidInstanceId*.Malformed", ErrorKind.INVALID),
    ("Missing*", ErrorKind.INVALID),
    ("*Conflict", ErrorKind.BUSY),
    ("Incorrect*Status*", ErrorKind.BUSY),
    ("LastTokenProcessing", ErrorKind.BUSY),
    ("IdempotentProcessing", ErrorKind.BUSY),
    ("ServiceUnavailable*", ErrorKind.UNAVAILABLE),
    ("Internal*", ErrorKind.UNAVAILABLE),
    ("UnknownError", ErrorKind.UNAVAILABLE),
    (EMPTY_BODY, ErrorKind.UNAVAILABLE),
    (UNREADABLE_BODY, ErrorKind.UNAVAILABLE),
    (NO_CONNECTION, ErrorKind.UNREACHABLE),
    (NO_ANSWER, ErrorKind.UNREACHABLE),
)

# For codes that no row knows. 404 is not among them: only a known code proves that something is gone.
STATUSES: Mapping[int, ErrorKind] = {401: ErrorKind.DENIED, 403: ErrorKind.DENIED, 429: ErrorKind.THROTTLED}

CODE_HINTS: tuple[tuple[str, str], ...] = (
    ("InvalidUser.PassRoleForbidden", "Allow ram:PassRole on the role to the credentials in use."),
    ("Inactive", "Activate RAM for the account in the console first."),
    ("InvalidAccessKeyId.NotFound", "Check the access key id: the cloud does not know it."),
    ("InvalidAccessKeyId.Inactive", "The access key is disabled; enable it or use another."),
    ("*SecurityToken.Expired", "The temporary credentials have expired; get new ones."),
    ("InvalidAccessKeySecret", "The access key secret does not belong to the access key id."),
    ("SignatureDoesNotMatch", "Check the access key secret."),
    ("InvalidTimeStamp*", "Set the clock of this machine: it may be 15 minutes off at most."),
    ("InvalidRamRole.NotEcsRole", 'Add "Service": ["ecs.aliyuncs.com"] to the principals of the role\'s trust policy.'),
    ("LimitExceeded.Role.Policy", "A role holds at most 20 system and 10 custom policies; detach one or merge them."),
    ("LimitExceeded.Policy.Version", "A policy keeps at most 5 versions; delete one."),
    ("InvalidRegionId*", "Check the region."),
)


def known(code: str) -> ErrorKind | None:
    """The kind of a code that the table has."""
    return next((kind for pattern, kind in KINDS if fnmatchcase(code, pattern)), None)


def kind_of(code: str, status: int | None = None) -> ErrorKind:
    """The kind of a code, else of an HTTP status."""
    kind = known(code)
    if kind is not None:
        return kind
    if status is not None and status >= 500:
        return ErrorKind.UNAVAILABLE
    return STATUSES.get(status or 0, ErrorKind.UNKNOWN)


def failure(
    code: str,
    message: str,
    *,
    status: int | None = None,
    request_id: str = "",
    operation: str = "",
    resource: str = "",
    hint: str = "",
    secrets: tuple[str, ...] = (),
) -> CloudError:
    """The error for a code, with its kind, what to do about it, and nothing secret in it."""
    kind = kind_of(code, status)
    hint_of_code = next((text for pattern, text in CODE_HINTS if fnmatchcase(code, pattern)), HINTS[kind])
    # What was signed is of no use to a person, and is the request itself.
    brief = message.partition("server string to sign is")[0]
    return CloudError(
        kind,
        " ".join(redact(brief, *secrets).split()).rstrip(". ") + ".",
        code=code,
        operation=operation,
        resource=resource,
        request_id=request_id,
        status=status,
        hint=hint or hint_of_code,
    )
