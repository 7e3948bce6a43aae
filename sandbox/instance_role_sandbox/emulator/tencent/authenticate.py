"""Who signed a request: key, time, signature, token, in that order; each failure with the gateway's own code.

Skew is measured against real time (see :mod:`...clock`), a session's end against the account's.
"""

from __future__ import annotations

from .. import clock
from ..accounts import Account, account_of, time_of
from ..state import State
from .accounts import SECRET_KEY, SESSION, SecretKey, Session, owner_of
from .call import Caller
from .cam.view import role_by_id
from .errors import ApiError
from .signing import Signed


def authenticate(signed: Signed, state: State) -> tuple[Account, Caller]:
    """The account and the caller behind a signed request; :class:`ApiError` if there is none."""
    found = _credentials(signed, state)
    if found is None:
        raise ApiError(
            "AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that your SecretId is correct."
        )
    account, credentials = found
    if not signed.fresh(clock.wall()):
        raise ApiError(
            "AuthFailure.SignatureExpire",
            "Signature expired. Timestamp and server time differ by more than five minutes.",
        )
    if not signed.matches(credentials.secret_key):
        raise ApiError(
            "AuthFailure.SignatureFailure",
            "The provided credentials could not be validated. Please check your signature is correct.",
        )
    uin = owner_of(state, account.account_id).uin
    if isinstance(credentials, Session):
        return account, _session_caller(signed, state, account, credentials, uin)
    caller = _key_caller(signed, account, credentials, uin)
    state.key_uses[credentials.secret_id] = time_of(account)
    return account, caller


def _credentials(signed: Signed, state: State) -> tuple[Account, SecretKey | Session] | None:
    key, session = state.find(SECRET_KEY, signed.secret_id), state.find(SESSION, signed.secret_id)
    if key is not None and not key[1].active:  # the gateway speaks of a disabled key as of one that is not there
        return None
    for found in (key, session):
        if found is not None:
            place, credentials = found
            account = account_of(state, place.account)
            return (account, credentials) if account else None
    return None


def _key_caller(signed: Signed, account: Account, key: SecretKey, uin: str) -> Caller:
    if signed.token:
        raise _token_failure("The token does not belong to the SecretId.")
    if key.user:
        return Caller("user", account.account_id, f"qcs::cam:{uin}:uin/{key.user}", key.user)
    return Caller("account", account.account_id, f"qcs::cam:{uin}:uin/{uin}", uin)


def _session_caller(signed: Signed, state: State, account: Account, session: Session, uin: str) -> Caller:
    if signed.token != session.token:
        raise _token_failure("The token does not belong to the SecretId." if signed.token else "The token is missing.")
    role = role_by_id(state, account.account_id, session.role_id)
    if session.expires <= time_of(account) or role is None:
        raise expired()
    return Caller(
        "role",
        account.account_id,
        f"qcs::sts:{uin}:assumed-role/{session.role_id}",
        session.role_id,
        session=session.name,
        restriction=session.restriction,
    )


def expired() -> ApiError:
    """The error of temporary credentials that are over."""
    return _token_failure("The token has expired.")


def _token_failure(message: str) -> ApiError:
    return ApiError("AuthFailure.TokenFailure", message)
