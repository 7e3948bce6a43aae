"""One call to Tencent Cloud: signed, sent, judged, and tried again where that is safe.

The SDK (tencentcloud-sdk-python) signs (TC3-HMAC-SHA256) and speaks HTTP; its retries, its judgement of answers and its
choice of proxy are not used, because each of them surprises:

* ``StandardRetryer`` repeats a call after a success, and then raises the failure before it;
* an error is seen only where the answer's ``Content-Type`` is exactly ``application/json``, and without a ``RequestId``
  it becomes a ``KeyError``; otherwise it passes for a success without fields;
* an answer with a word about deprecation changes the warning filters of the whole process;
* NO_PROXY is searched for the address with its port in it, so a loopback address would be sent to the proxy;
* redirects are followed, with the token in the request; a ``.netrc`` may replace the authorization;
* network errors become a text.

Calls go through the SDK's client for all products. That of one product adds a class for each request and answer, of
which nothing is used here, and takes longer to import than all that a call needs.
https://github.com/TencentCloud/tencentcloud-sdk-python#common-client

One SDK client serves one thread at a time.
"""

from __future__ import annotations

import json
import logging
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import requests
from requests import exceptions as http
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential as Signer
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from urllib3 import exceptions as urllib3

from pulumi_instance_role.clouds.calls import (
    BUDGET,
    REPEATABLE,
    RETRY,
    SHARED,
    Parameters,
    Patience,
    Retries,
    cause,
    proxies,
    things,
    unanswered,
)
from pulumi_instance_role.clouds.codes import EMPTY_BODY, UNREADABLE_BODY
from pulumi_instance_role.clouds.credentials import AssumedRole, Credential
from pulumi_instance_role.clouds.operations import is_read
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.clouds.settings import Endpoint
from pulumi_instance_role.clouds.tencent import errors
from pulumi_instance_role.clouds.tencent.credentials import TencentCredentials
from pulumi_instance_role.clouds.tencent.limits import RATES
from pulumi_instance_role.clouds.tencent.settings import CA_BUNDLE, Place
from pulumi_instance_role.transport.pace import Pace
from pulumi_instance_role.transport.retry import Retrier
from pulumi_instance_role.transport.share import Looks

VERSIONS = {"cam": "2019-01-16", "cvm": "2017-03-12", "sts": "2018-08-13"}
"""The products that are called, and the version of each one's API."""
_TIMEOUT = (5, 60)
"""Seconds to connect, and to wait for an answer."""
_PACES: dict[float | None, Pace] = {}

# At its most talkative the SDK logs requests with their authorization in them.
_log = logging.getLogger("tencentcloud_sdk_common")
_log.setLevel(logging.INFO)


class _Session(requests.Session):
    """Connections that take nothing from the environment, follow no redirect, and remember the status."""

    status: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.status = None
        answer = super().send(request, **kwargs)
        self.status = answer.status_code
        return answer


def _unjudged(response: object) -> None:
    """In place of the SDK's own look for an error in an answer."""


_Idle = deque[tuple[Any, _Session]]


def _close(idle: Mapping[str, _Idle]) -> None:
    for clients in idle.values():
        while clients:
            clients.pop()[1].close()


class Api:
    """Calls to the products of one place. Safe to use from several threads."""

    def __init__(self, place: Place, retrier: Retrier | None = None) -> None:
        self.place = place
        self.retrier = retrier or Retrier(RETRY, BUDGET)
        self.credentials = TencentCredentials(place, place.assumed, self._assume)
        # Published rates are of the caller, so all connections of the process keep to them together.
        self._pace = _PACES.setdefault(place.calls_per_second, Pace(RATES, place.calls_per_second))
        self._admitted = not (place.allowed_accounts or place.forbidden_accounts)
        self._looks: Looks[dict[str, Any]] = Looks()
        self._idle: dict[str, _Idle] = {product: deque() for product in VERSIONS}
        weakref.finalize(self, _close, self._idle)

    def call(
        self,
        product: str,
        action: str,
        parameters: Parameters,
        *,
        of: str = "",
        needs: str = "",
        retries: Retries = REPEATABLE,
        shared: bool = False,
    ) -> dict[str, Any]:
        """Carry out one action of ``cam``, ``cvm`` or ``sts`` and return what is under ``Response``.

        ``None`` among ``parameters`` is left out; empty texts are sent. A function that gives them is asked before
        every sending, and what it raises, other than :class:`CloudError`, ends the call. ``of`` names the thing for
        messages. An answer without the field ``needs`` counts as unreadable. ``shared``: another answer to the same
        will do, see :mod:`~pulumi_instance_role.transport.share`. Raises :class:`CloudError`.
        """
        if not self._admitted:
            self._admit()

        def carry_out() -> dict[str, Any]:
            patience = Patience(retries, self.renewed)
            return self.retrier.call(lambda: self._once(product, action, parameters, of, needs, None), patience)

        if callable(parameters) or action not in SHARED:
            return carry_out()
        key = (action, *sorted((name, str(value)) for name, value in parameters.items()))
        return self._looks.ask(key, things(action, parameters), carry_out, shared=shared)

    def _admit(self) -> None:
        """Refuse to do anything for an account that the settings keep out."""
        who = self.retrier.call(
            lambda: self._once("sts", "GetCallerIdentity", {}, "", "AccountId", None),
            Patience(REPEATABLE, self.renewed),
        )
        account, place = str(who["AccountId"]), self.place
        if account in place.forbidden_accounts or account not in (place.allowed_accounts or {account}):
            key = "forbiddenAccountIds" if account in place.forbidden_accounts else "allowedAccountIds"
            raise CloudError(
                ErrorKind.INVALID,
                f"the credentials in use belong to account {account}, which tencentcloud:{key} keeps out;",
                hint="Use credentials of another account, or correct the list.",
            )
        self._admitted = True

    def renewed(self, error: CloudError) -> bool:
        """Whether credentials ended before their time; they are found anew."""
        ended = error.code == errors.TOKEN_OVER
        if ended:
            self.credentials.forget()
        return ended

    def _assume(self, role: AssumedRole, base: Credential) -> Mapping[str, Any]:
        parameters = {
            "RoleArn": role.arn,
            "RoleSessionName": role.session,
            "DurationSeconds": role.duration,
            "Policy": quote(role.policy, safe="") or None,
            "ExternalId": role.external_id or None,
            **dict(role.more),
        }
        return self.retrier.call(
            lambda: self._once("sts", "AssumeRole", parameters, role.arn, "Credentials", base), Patience(REPEATABLE)
        )

    def _once(
        self,
        product: str,
        action: str,
        parameters: Parameters,
        of: str,
        needs: str,
        credential: Credential | None,
    ) -> dict[str, Any]:
        credential = credential or self.credentials.get()
        endpoint: Endpoint = getattr(self.place, product)

        def failed(code: str, message: str, **more: Any) -> CloudError:
            return errors.failure(code, message, operation=action, resource=of, secrets=credential.secrets, **more)

        with self._pace.turn(action) as turn:
            given = parameters() if callable(parameters) else parameters
            sent = {name: value for name, value in given.items() if value is not None}
            try:
                if not is_read(action):
                    with self._looks.writing(things(action, given)):
                        return _parsed(self._sent(product, action, endpoint, credential, sent, failed), needs, failed)
                return _parsed(self._sent(product, action, endpoint, credential, sent, failed), needs, failed)
            except CloudError as error:
                turn.throttled = error.kind is ErrorKind.THROTTLED
                raise

    def _sent(
        self,
        product: str,
        action: str,
        endpoint: Endpoint,
        credential: Credential,
        sent: Mapping[str, object],
        failed: Callable[..., CloudError],
    ) -> bytes:
        client, session = self._take(product, endpoint)
        try:
            client.credential = Signer(credential.key_id, credential.secret, credential.token or None)
            body: bytes = client.call(action, sent)
            return body
        except TencentCloudSDKException as error:
            if error.code == "ServerNetworkError":
                raise _no_success(session.status, failed) from None
            if error.code != "ClientNetworkError":
                raise failed(str(error.code), str(error.message)) from None
            raise _unanswered(error.__context__, endpoint, failed, action) from None
        except OSError as error:  # while the answer was read
            raise _unanswered(error, endpoint, failed, action) from None
        finally:
            self._idle[product].append((client, session))

    def _take(self, product: str, endpoint: Endpoint) -> tuple[Any, _Session]:
        try:
            return self._idle[product].pop()
        except IndexError:
            profile = HttpProfile(
                protocol="https" if endpoint.secure else "http",
                endpoint=endpoint.address,
                reqTimeout=_TIMEOUT,
                certification=self.place.ca_bundle or None,
            )
            settings = ClientProfile(httpProfile=profile, language="en-US")
            client = CommonClient(product, VERSIONS[product], None, self.place.region, settings)
            client._check_error = _unjudged
            session = client.request.conn._session = _Session()
            # Once for each client: to read the environment takes as long as to sign a call.
            client.request.conn.proxy = proxies(endpoint)
            return client, session


def _unanswered(failure: object, endpoint: Endpoint, failed: Callable[..., CloudError], operation: str) -> CloudError:
    if not isinstance(failure, OSError):
        return failed("InvalidParameter", str(failure))
    refused = cause(failure, urllib3.NewConnectionError, urllib3.ConnectTimeoutError)
    return unanswered(failure, refused, isinstance(failure, http.ProxyError), endpoint, failed, CA_BUNDLE, operation)


def _no_success(status: int | None, failed: Callable[..., CloudError]) -> CloudError:
    """Every answer of the API is HTTP 200; anything else comes from something before it."""
    code = "RequestLimitExceeded" if status == 429 else UNREADABLE_BODY
    return failed(code, f"the answer is HTTP {status} and not the API's", status=status)


def _parsed(body: bytes, needs: str, failed: Callable[..., CloudError]) -> dict[str, Any]:
    if not body.strip():
        raise failed(EMPTY_BODY, "the answer is empty")
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    response = answer.get("Response") if isinstance(answer, dict) else None
    if not isinstance(response, dict):
        raise failed(UNREADABLE_BODY, "the answer cannot be read")
    request_id = str(response.get("RequestId") or "")
    error = response.get("Error")
    if isinstance(error, dict):
        raise failed(str(error.get("Code") or ""), str(error.get("Message") or ""), status=200, request_id=request_id)
    if needs and response.get(needs) is None:
        raise failed(UNREADABLE_BODY, f"the answer lacks {needs}", request_id=request_id)
    return response
