from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.port import ErrorKind
from pulumi_instance_role.clouds.tencent.errors import failure, kind_of

K = ErrorKind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AuthFailure.SignatureFailure", K.CREDENTIALS),
        ("AuthFailure.SecretIdNotFound", K.CREDENTIALS),
        ("AuthFailure.SignatureExpire", K.CREDENTIALS),
        ("AuthFailure.TokenFailure", K.CREDENTIALS),
        ("AuthFailure.MFAFailure", K.CREDENTIALS),
        ("AuthFailure.AccessKeyIllegal", K.CREDENTIALS),
        # Three of the same family that are none of the key's business.
        ("AuthFailure.UnauthorizedOperation", K.DENIED),
        ("UnauthorizedOperation", K.DENIED),
        ("UnauthorizedOperation.MFANotFound", K.DENIED),
        ("AuthFailure.CamRoleNameAuthenticateFailed", K.UNTRUSTED),
        ("FailedOperation.InvalidInstanceApplicationRole", K.UNTRUSTED),
        ("RequestLimitExceeded", K.THROTTLED),
        ("RequestLimitExceeded.UinLimitExceeded", K.THROTTLED),
        ("RequestLimitExceeded.GlobalRegionUinLimitExceeded", K.THROTTLED),
        ("RequestSizeLimitExceeded", K.INVALID),
        ("InvalidParameter.RoleNotExist", K.NOT_FOUND),
        ("InvalidParameter.PolicyIdNotExist", K.NOT_FOUND),
        ("ResourceNotFound.PolicyIdNotFound", K.NOT_FOUND),
        ("ResourceNotFound.NotFound", K.NOT_FOUND),
        ("ResourceNotFound.RoleNotFound", K.NOT_FOUND),
        ("InvalidInstanceId.NotFound", K.NOT_FOUND),
        ("InvalidInstanceId.Malformed", K.INVALID),
        ("InvalidParameterValue.InstanceIdMalformed", K.INVALID),
        ("InvalidParameterValue.CamRoleNameMalformed", K.INVALID),
        ("InvalidParameterValue.LimitExceeded", K.INVALID),
        ("InvalidParameter.RoleNameInUse", K.EXISTS),
        ("FailedOperation.PolicyNameInUse", K.EXISTS),
        ("InvalidParameter.RoleFull", K.QUOTA),
        ("FailedOperation.PolicyFull", K.QUOTA),
        ("InvalidParameter.AttachmentFull", K.QUOTA),
        ("InvalidParameter.TagLimitExceeded", K.QUOTA),
        ("LimitExceeded", K.QUOTA),
        ("InvalidParameter.PolicyDocumentLengthOverLimit", K.INVALID),
        ("InvalidParameter.PrincipalServiceNotExist", K.INVALID),
        ("MissingParameter", K.INVALID),
        ("UnknownParameter", K.INVALID),
        ("UnsupportedRegion", K.INVALID),
        ("MutexOperation.TaskRunning", K.BUSY),
        ("OperationDenied.InstanceOperationInProgress", K.BUSY),
        ("InvalidInstance.NotSupported", K.BUSY),
        ("UnsupportedOperation.InstanceStatePending", K.BUSY),
        ("UnsupportedOperation.InstanceStateRebooting", K.BUSY),
        ("UnsupportedOperation.InstanceStateExitRescueMode", K.BUSY),
        ("UnsupportedOperation.InstanceStateRescueMode", K.INVALID),
        ("UnsupportedOperation.InstanceStateTerminating", K.INVALID),
        ("UnsupportedOperation.NoVpcNetwork", K.NOT_IN_VPC),
        ("InvalidAction", K.UNSUPPORTED),
        ("InternalError", K.UNAVAILABLE),
        ("InternalError.SystemError", K.UNAVAILABLE),
        ("InternalServerError", K.UNAVAILABLE),
        ("ServiceUnavailable", K.UNAVAILABLE),
        ("ResourceInUse", K.IN_USE),
        ("FailedOperation", K.UNKNOWN),
        ("Brand.New", K.UNKNOWN),
    ],
)
def test_kind(code: str, kind: ErrorKind) -> None:
    assert kind_of(code, 200) is kind


def test_text_of_an_error() -> None:
    message = (
        "[request id:R-1]you are not authorized to perform operation (cam:GetRole)\nresource (*) has no permission"
    )
    error = failure("AuthFailure.UnauthorizedOperation", message, request_id="R-1", operation="GetRole", resource="web")
    assert "\n" not in str(error) and str(error).startswith("GetRole of web: [request id:R-1]you are not authorized")
    assert error.hint


def test_what_is_secret_is_left_out() -> None:
    message = "bad Authorization: TC3-HMAC-SHA256 Credential=AKIDabcdefghijklmnop, Signature=0123456789 X-TC-Token: tok"
    text = str(failure("X", message, secrets=("hunter2hunter2",)))
    assert not any(secret in text for secret in ("AKIDabc", "0123456789", "tok."))
