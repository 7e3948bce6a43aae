"""Who signed a request: key, token, time, signature, nonce, in that order; each failure with the gateway's own code.

Nonces are remembered in memory for as long as their timestamp would be accepted, so a restart forgets them; skew is
measured against real time (see :mod:`..clock`), a session's end against the account's.
"""

from __future__ import annotations

import hashlib
import threading

from .. import clock
from ..state import State
from ..switches import Switches
from .accounts import ACCESS_KEY, SESSION, AccessKey, Account, Session, account_of, switches_of, time_of
from .call import Caller
from .errors import ApiError, missing
from .ram.records import ROLE, USER
from .signing import Signed, mismatch

SKEW = 900.0  # seconds, v1


class Nonces:
    """Nonces seen, by key, until their timestamps are too old to be accepted anyway."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[bytes, float] = {}
        self._swept = 0.0

    def use(self, key_id: str, nonce: str, until: float) -> bool:
        """Take note of a nonce; false when it was used before."""
        now = clock.wall()
        known = hashlib.sha256(f"{key_id}\n{nonce}".encode()).digest()  # a nonce may be of any length
        with self._lock:
            if now - self._swept > 60:
                self._seen = {key: end for key, end in self._seen.items() if end > now}
                self._swept = now
            if known in self._seen:
                return False
            self._seen[known] = until
            return True


def authenticate(signed: Signed, state: State, base: Switches, nonces: Nonces) -> tuple[Account, Caller]:
    """The account and the caller behind a signed request; :class:`ApiError` if there is none."""
    found = _credentials(signed, state)
    if found is None:
        raise ApiError(
            "InvalidAccessKeyId.NotFound", base.status("unknown-key-status"), "Specified access key is not found."
        )
    account, credentials = found
    switches = switches_of(account, base)
    if isinstance(credentials, Session):
        caller = _session_caller(signed, state, account, credentials, switches.status("sts-token-status"))
    else:
        caller = _key_caller(signed, state, account, credentials, switches.status("sts-token-status"))
    window = switches.number("acs3-skew-seconds") if signed.scheme == "acs3" else SKEW
    moment = _moment(signed, switches.text("missing-timestamp-code"), window)
    if not signed.nonce:
        raise missing("SignatureNonce")
    if not signed.matches(credentials.secret):
        raise mismatch(signed)
    if not nonces.use(signed.key_id, signed.nonce, moment + 2 * window):
        raise ApiError("SignatureNonceUsed", 400, "Specified signature nonce was used already.")
    if isinstance(credentials, AccessKey):
        state.key_uses[credentials.key_id] = time_of(account)
    return account, caller


def _credentials(signed: Signed, state: State) -> tuple[Account, AccessKey | Session] | None:
    key = state.find(ACCESS_KEY, signed.key_id)
    session = state.find(SESSION, signed.key_id)
    for found in (key, session):
        if found is not None:
            place, credentials = found
            account = account_of(state, place.account)
            return (account, credentials) if account else None
    return None


def _moment(signed: Signed, missing_code: str, window: float) -> float:
    if not signed.timestamp:
        raise ApiError(missing_code, 400, "Timestamp is mandatory for this action.")
    try:
        moment = clock.parse_stamp(signed.timestamp)
    except ValueError:
        raise ApiError(
            "InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."
        ) from None
    if abs(clock.wall() - moment) > window:
        raise ApiError("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired.")
    return moment


def _key_caller(signed: Signed, state: State, account: Account, key: AccessKey, token_status: int) -> Caller:
    if signed.token:
        raise _token_error("MismatchWithAccessKey", token_status)
    if not key.active:
        if signed.version == "2014-05-26":
            raise ApiError("Forbidden.AccessKeyDisabled", 403, "The Access Key is disabled.")
        raise ApiError("InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled.")
    if not key.user:
        return Caller("account", account.account_id, f"acs:ram::{account.account_id}:root", account.account_id)
    user = state.table(USER, account.account_id).get(key.user)
    entity_id = user.entity_id if user else ""
    arn = f"acs:ram::{account.account_id}:user/{key.user}"
    return Caller("user", account.account_id, arn, entity_id, name=key.user, entity_id=entity_id)


def _session_caller(signed: Signed, state: State, account: Account, session: Session, token_status: int) -> Caller:
    if not signed.token:
        raise ApiError("MissingSecurityToken", token_status, "SecurityToken is mandatory for this action.")
    if not signed.token.isalnum() or not signed.token.startswith("CAIS"):
        raise _token_error("Malformed", token_status)
    if signed.token != session.token:
        raise _token_error("MismatchWithAccessKey", token_status)
    role = state.table(ROLE, account.account_id).get(session.role)
    if session.expires <= time_of(account) or role is None or role.role_id != session.role_id:
        raise _token_error("Expired", token_status)
    return Caller(
        "role",
        account.account_id,
        f"acs:ram::{account.account_id}:assumed-role/{session.role}/{session.name}",
        f"{session.role_id}:{session.name}",
        name=session.role,
        entity_id=session.role_id,
        session=session.name,
        restriction=session.restriction,
    )


def expired(switches: Switches) -> ApiError:
    """The error of temporary credentials that are over."""
    return _token_error("Expired", switches.status("sts-token-status"))


_TOKEN_MESSAGES = {
    "Expired": "Specified SecurityToken is expired.",
    "Malformed": "Specified SecurityToken is malformed.",
    "MismatchWithAccessKey": "Specified SecurityToken mismatch with the AccessKey.",
}


def _token_error(which: str, status: int) -> ApiError:
    return ApiError(f"InvalidSecurityToken.{which}", status, _TOKEN_MESSAGES[which])
