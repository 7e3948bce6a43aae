from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.alibaba.errors import failure, kind_of, known
from pulumi_instance_role.clouds.hints import HINTS, hint_of
from pulumi_instance_role.clouds.port import ErrorKind

K = ErrorKind


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("EntityNotExist.Role", 404, K.NOT_FOUND),
        ("EntityNotExist.Role.Policy", 404, K.NOT_FOUND),
        ("InvalidInstanceId.NotFound", 404, K.NOT_FOUND),
        ("InvalidRamRole.NotFound", 404, K.NOT_FOUND),
        ("InvalidRamRole.NotEcsRole", 404, K.UNTRUSTED),
        ("InvalidRamRole.NotEcsRole", 401, K.UNTRUSTED),
        ("EntityAlreadyExists.Role", 409, K.EXISTS),
        ("DeleteConflict.Role.Policy", 409, K.IN_USE),
        ("LimitExceeded.Policy.Version", 409, K.QUOTA),
        ("QuotaExceed.ElasticQuota", 403, K.QUOTA),
        ("QuotaExceeded.Vpc", 400, K.QUOTA),
        ("NoPermission", 403, K.DENIED),
        ("Forbidden.RAM", 403, K.DENIED),
        ("Forbidden", 403, K.DENIED),
        ("Inactive", 403, K.DENIED),
        ("InvalidUser.PassRoleForbidden", 403, K.DENIED),
        ("InvalidAccessKeyId.NotFound", 404, K.CREDENTIALS),
        ("InvalidAccessKeyId.Inactive", 400, K.CREDENTIALS),
        ("InvalidAccessKeySecret", 400, K.CREDENTIALS),
        ("SignatureDoesNotMatch", 400, K.CREDENTIALS),
        ("InvalidSecurityToken.Expired", 400, K.CREDENTIALS),
        ("MissingSecurityToken", 400, K.CREDENTIALS),
        ("InvalidTimeStamp.Expired", 400, K.CREDENTIALS),
        ("Throttling", 400, K.THROTTLED),
        ("Throttling.User", 400, K.THROTTLED),
        ("Rejected.Throttling", 400, K.THROTTLED),
        ("ServiceUnavailable", 503, K.UNAVAILABLE),
        ("InternalError", 500, K.UNAVAILABLE),
        ("SignatureNonceUsed", 400, K.UNAVAILABLE),
        ("MalformedPolicyDocument", 409, K.INVALID),
        ("InvalidParameter.RoleName.InvalidChars", 400, K.INVALID),
        ("InvalidInstanceIds.Malformed", 400, K.INVALID),
        ("MissingRamRoleName", 400, K.INVALID),
        ("InvalidNetworkType.MismatchRamRole", 403, K.NOT_IN_VPC),
        ("TaskConflict", 400, K.BUSY),
        ("IncorrectInstanceStatus", 403, K.BUSY),
        ("LastTokenProcessing", 403, K.BUSY),
        ("InvalidAction.NotFound", 404, K.UNSUPPORTED),
        # Codes that no table knows go by their status, and 404 alone proves nothing.
        ("Brand.New", 404, K.UNKNOWN),
        ("Brand.New", 403, K.DENIED),
        ("Brand.New", 429, K.THROTTLED),
        ("Brand.New", 502, K.UNAVAILABLE),
        ("Brand.New", None, K.UNKNOWN),
    ],
)
def test_kind(code: str, status: int | None, kind: ErrorKind) -> None:
    assert kind_of(code, status) is kind
    assert known(code) in (kind, None)


def test_every_kind_has_a_hint() -> None:
    assert set(HINTS) == set(ErrorKind)
    assert all(hint.endswith(".") and "\n" not in hint for hint in HINTS.values())


def test_text_of_an_error() -> None:
    error = failure(
        "NoPermission",
        "You are not\nauthorized. ",
        status=403,
        request_id="R-1",
        operation="GetRole",
        resource="web",
    )
    assert str(error) == (
        "GetRole of web: You are not authorized. [NoPermission, request R-1] "
        "Ask the account's administrator to allow this action to the credentials in use."
    )


def test_what_was_signed_and_what_is_secret_is_left_out() -> None:
    message = "not matched. server string to sign is:POST&%2F&AccessKeyId%3DLTAI5tAAAAAAAA for hunter2hunter2"
    text = str(failure("SignatureDoesNotMatch", message, secrets=("hunter2hunter2",)))
    assert "POST" not in text and "LTAI" not in text and "hunter2" not in text
    assert "hunter2" not in str(failure("X", "the secret hunter2hunter2 is bad", secrets=("hunter2hunter2",)))


@pytest.mark.parametrize("operation", ["GetRole", "ListPolicies", "DescribeInstances", "AssumeRole"])
def test_no_hint_of_a_read_speaks_of_something_begun(operation: str) -> None:
    for kind in ErrorKind:
        assert not {"continues", "--parallel"} & set(hint_of(kind, operation).rstrip(".").split()), kind
    assert "continues" in hint_of(K.UNREACHABLE, "CreateRole") and "--parallel" in hint_of(K.THROTTLED, "CreateRole")
