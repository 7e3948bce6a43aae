"""Alibaba Cloud's error codes -> what they mean to a caller, as a table.

Codes from https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-errorcodes,
https://api.alibabacloud.com/document/Ecs/2014-05-26/errorCode and the gateway's list. The code for "this instance
holds a role already" is published nowhere, so none stands for ``OCCUPIED``: the adapter reads the instance instead.
"""

from __future__ import annotations

from pulumi_instance_role.clouds.codes import Codes
from pulumi_instance_role.clouds.port import ErrorKind

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
    ("IllegalTimestamp", ErrorKind.CREDENTIALS),
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
)

CODE_HINTS: tuple[tuple[str, str], ...] = (
    ("InvalidUser.PassRoleForbidden", "Allow ram:PassRole on the role to the credentials in use."),
    ("Inactive", "Activate RAM for the account in the console first."),
    ("InvalidAccessKeyId.NotFound", "Check the access key id: the cloud does not know it."),
    ("InvalidAccessKeyId.Inactive", "The access key is disabled; enable it or use another."),
    ("*SecurityToken.Expired", "The temporary credentials have expired; get new ones."),
    ("InvalidAccessKeySecret", "The access key secret does not belong to the access key id."),
    ("SignatureDoesNotMatch", "Check the access key secret."),
    ("IllegalTimestamp", "Set the clock of this machine: it may be 15 minutes off at most."),
    ("InvalidTimeStamp*", "Set the clock of this machine: it may be 15 minutes off at most."),
    (ROLE_NOT_FOUND, "Check the role's name and the account: ECS knows no such role."),
    ("InvalidRamRole.NotEcsRole", 'Add "Service": ["ecs.aliyuncs.com"] to the principals of the role\'s trust policy.'),
    ("LimitExceeded.Role.Policy", "A role holds at most 20 system and 10 custom policies; detach one or merge them."),
    ("LimitExceeded.Policy.Version", "A policy keeps at most 5 versions; delete one."),
    ("InvalidRegionId*", "Check the region."),
)

CODES = Codes(
    kinds=KINDS,
    hints=CODE_HINTS,
    # 404 is not among them: only a known code proves that something is gone.
    statuses={401: ErrorKind.DENIED, 403: ErrorKind.DENIED, 429: ErrorKind.THROTTLED},
    cut="server string to sign is",
)
known, kind_of, failure = CODES.known, CODES.kind_of, CODES.failure
