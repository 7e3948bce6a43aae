"""Tencent Cloud's error codes -> what they mean to a caller, as a table.

Codes from https://www.tencentcloud.com/document/product/213/33281 (common and CVM's) and
https://www.tencentcloud.com/document/product/598/33168 (CAM's). Errors come inside HTTP 200. "Not there" is spelled
differently by each action of CAM, and only these spellings prove that something is gone.
"""

from __future__ import annotations

from pulumi_instance_role.clouds.codes import Codes
from pulumi_instance_role.clouds.port import ErrorKind

ROLE_UNUSABLE = "AuthFailure.CamRoleNameAuthenticateFailed"
"""The role is not there, is of another type, does not trust CVM, is too new, or may not be passed on by the caller."""
TOKEN_OVER = "AuthFailure.TokenFailure"  # noqa: S105 - a code
OPERATION_FAILED = "OperationFailed"
"""Our own code: the operation that a call began ended as FAILED."""

CODES = Codes(
    kinds=(
        ("RequestLimitExceeded*", ErrorKind.THROTTLED),
        (ROLE_UNUSABLE, ErrorKind.UNTRUSTED),
        ("FailedOperation.InvalidInstanceApplicationRole", ErrorKind.UNTRUSTED),
        ("AuthFailure.UnauthorizedOperation", ErrorKind.DENIED),
        ("UnauthorizedOperation*", ErrorKind.DENIED),
        ("AuthFailure.*", ErrorKind.CREDENTIALS),
        ("AuthFailure", ErrorKind.CREDENTIALS),
        ("InvalidCredential", ErrorKind.CREDENTIALS),
        # What STS answers for a role to assume that is not there, or may not be used so; no trouble of its own.
        ("InternalError.GetRoleError", ErrorKind.CREDENTIALS),
        ("InternalError.IllegalRole", ErrorKind.CREDENTIALS),
        ("InvalidParameter.RoleNotExist", ErrorKind.NOT_FOUND),
        ("InvalidParameter.PolicyIdNotExist", ErrorKind.NOT_FOUND),
        ("InvalidParameter.PolicyVersionNotExists", ErrorKind.NOT_FOUND),
        ("InvalidParameter.UserNotExist", ErrorKind.NOT_FOUND),
        ("InvalidParameter.GroupNotExist", ErrorKind.NOT_FOUND),
        ("ResourceNotFound*", ErrorKind.NOT_FOUND),
        ("InvalidInstanceId.NotFound", ErrorKind.NOT_FOUND),
        ("InvalidParameter.RoleNameInUse", ErrorKind.EXISTS),
        ("FailedOperation.PolicyNameInUse", ErrorKind.EXISTS),
        ("InvalidParameter.RoleFull", ErrorKind.QUOTA),
        ("FailedOperation.PolicyFull", ErrorKind.QUOTA),
        ("FailedOperation.PolicyVersionFull", ErrorKind.QUOTA),
        ("InvalidParameter.AttachmentFull", ErrorKind.QUOTA),
        ("InvalidParameter.*LimitExceeded", ErrorKind.QUOTA),
        ("LimitExceeded*", ErrorKind.QUOTA),
        ("UnsupportedOperation.NoVpcNetwork", ErrorKind.NOT_IN_VPC),
        ("MutexOperation*", ErrorKind.BUSY),
        ("DesOperation.MutexTaskRunning", ErrorKind.BUSY),
        ("OperationDenied.InstanceOperationInProgress", ErrorKind.BUSY),
        ("InvalidInstance.NotSupported", ErrorKind.BUSY),
        *(
            (f"UnsupportedOperation.InstanceState{state}", ErrorKind.BUSY)
            for state in ("Pending", "Rebooting", "Starting", "Stopping", "Enter*", "Exit*")
        ),
        ("UnsupportedOperation*", ErrorKind.INVALID),
        ("ResourceInUse*", ErrorKind.IN_USE),
        ("ResourceUnavailable*", ErrorKind.BUSY),
        ("InvalidAction", ErrorKind.UNSUPPORTED),
        ("ActionOffline", ErrorKind.UNSUPPORTED),
        ("NoSuchVersion", ErrorKind.UNSUPPORTED),
        ("NoSuchProduct", ErrorKind.UNSUPPORTED),
        ("UnsupportedRegion", ErrorKind.INVALID),
        ("UnsupportedProtocol", ErrorKind.INVALID),
        ("Invalid*", ErrorKind.INVALID),
        ("Missing*", ErrorKind.INVALID),
        ("UnknownParameter*", ErrorKind.INVALID),
        ("RequestSizeLimitExceeded", ErrorKind.INVALID),
        ("ResponseSizeLimitExceeded", ErrorKind.INVALID),
        ("Internal*", ErrorKind.UNAVAILABLE),
        ("ServiceUnavailable*", ErrorKind.UNAVAILABLE),
        ("ServerNetworkError", ErrorKind.UNAVAILABLE),
        (OPERATION_FAILED, ErrorKind.UNKNOWN),
    ),
    hints=(
        (
            ROLE_UNUSABLE,
            'The role must exist and name "cvm.qcloud.com" among the services of its trust policy, and the credentials '
            "in use may have to be allowed cam:PassRole on it.",
        ),
        (
            "FailedOperation.InvalidInstanceApplicationRole",
            'Add "cvm.qcloud.com" to the services of the role\'s trust policy.',
        ),
        ("InternalError.GetRoleError", "Check the account and the name in it: there is no such role."),
        ("InternalError.IllegalRole", "Let the role trust these credentials."),
        ("AuthFailure.SecretIdNotFound", "Check the secret id: the cloud does not know it."),
        ("AuthFailure.SignatureFailure", "Check the secret key."),
        ("AuthFailure.SignatureExpire", "Set the clock of this machine: it may be 5 minutes off at most."),
        (TOKEN_OVER, "The temporary credentials have expired; get new ones."),
        ("AuthFailure.MFAFailure", "Sign in again with the second factor."),
        ("UnauthorizedOperation.MFANotFound", "Sign in again with the second factor."),
        ("InvalidParameter.AttachmentFull", "A role holds at most 200 policies; detach one or merge them."),
        ("UnsupportedRegion", "Check the region."),
        (
            "UnsupportedOperation.InstanceState*",
            "Roles can be changed on running and stopped instances only; leave this one out, or run again when it is.",
        ),
        (OPERATION_FAILED, "Run again; if it fails again, ask the cloud's support with the request id."),
    ),
    statuses={401: ErrorKind.DENIED, 403: ErrorKind.DENIED, 429: ErrorKind.THROTTLED},
)
known, kind_of, failure = CODES.known, CODES.kind_of, CODES.failure
