"""One call to Alibaba Cloud: signed, sent, judged, and tried again where that is safe.

The SDK (aliyun-python-sdk-core) signs and speaks HTTP; its retries, its choice of credentials, of scheme and of proxy
are not used, because each of them surprises:

* it sleeps and repeats ``RunInstances`` by itself, and never what RAM answers when it is too busy;
* ``ALIYUN_ACCESS_KEY_ID`` in the environment beats the credentials it is given;
* every RAM and STS request forces https, also towards an emulator;
* NO_PROXY is ignored, and a loopback address would be sent to the proxy;
* a ``.netrc`` may replace the authorization;
* its TLS is that of 2018: an old list of authorities and a deprecated context;
* a message without a colon in ``SignatureDoesNotMatch`` ends in an ``IndexError``;
* network errors lose their type, so a refused connection looks like a lost answer.

Parameters travel in the form body: a policy document of full size, encoded, is longer than many servers let a URL be.
One SDK client serves one thread at a time.
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.auth.signers.access_key_signer import AccessKeySigner
from aliyunsdkcore.auth.signers.sts_token_signer import StsTokenSigner
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.vendored.requests import exceptions as http
from aliyunsdkcore.vendored.requests.adapters import HTTPAdapter
from aliyunsdkcore.vendored.requests.certs import where as sdk_authorities
from aliyunsdkcore.vendored.requests.packages.urllib3 import exceptions as urllib3
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest

from pulumi_instance_role.clouds.alibaba import errors
from pulumi_instance_role.clouds.alibaba.credentials import AlibabaCredentials
from pulumi_instance_role.clouds.alibaba.limits import RATES
from pulumi_instance_role.clouds.alibaba.settings import CA_BUNDLE, Place
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
from pulumi_instance_role.transport.pace import Pace
from pulumi_instance_role.transport.retry import Retrier
from pulumi_instance_role.transport.share import Looks

_PACES: dict[float | None, Pace] = {}

# The SDK logs errors with the signed text in them; what went wrong is in the exception.
for _name in ("aliyunsdkcore.client", "aliyunsdkcore.http.http_response"):
    _log = logging.getLogger(_name)
    _log.addHandler(logging.NullHandler())
    _log.propagate = False


class _Adapter(HTTPAdapter):  # type: ignore[misc]  # the SDK has no types
    """Connections with a TLS context of today, that remember why a request failed: the SDK keeps a text only."""

    failure: OSError | None = None
    answered = False

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # by what the context trusts

    def send(self, *args: Any, **kwargs: Any) -> Any:
        self.failure, self.answered = None, False
        try:
            answer = super().send(*args, **kwargs)
        except OSError as error:
            self.failure = error
            raise
        self.answered = True
        return answer


class _Context(ssl.SSLContext):
    """A context that checks names, also those of addresses, for which the SDK passes no name."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        kwargs["server_hostname"] = kwargs.get("server_hostname") or sock.getpeername()[0]
        return super().wrap_socket(sock, *args, **kwargs)


def _context(bundle: str) -> ssl.SSLContext:
    """What is trusted: the bundle alone where one is named, else this machine's authorities and the SDK's."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    if not bundle:
        context.load_default_certs()
        context.load_verify_locations(sdk_authorities())
    elif Path(bundle).is_dir():
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(bundle)
    return context


_Idle = Mapping[Endpoint, deque[tuple[AcsClient, _Adapter]]]


def _close(idle: _Idle) -> None:
    for clients in idle.values():
        while clients:
            clients.pop()[0].session.close()


class Api:
    """Calls to the products of one place. Safe to use from several threads."""

    def __init__(self, place: Place, retrier: Retrier | None = None) -> None:
        self.place = place
        self.retrier = retrier or Retrier(RETRY, BUDGET)
        self.credentials = AlibabaCredentials(place, place.assumed, self._assume)
        # Published rates are of the account, so all connections of the process keep to them together.
        self._pace = _PACES.setdefault(place.calls_per_second, Pace(RATES, place.calls_per_second))
        endpoints = (place.ecs, place.ram, place.sts)
        self._looks: Looks[dict[str, Any]] = Looks()
        self._context = _context(place.ca_bundle) if any(one.secure for one in endpoints) else None
        self._idle: _Idle = {one: deque() for one in endpoints}
        weakref.finalize(self, _close, self._idle)

    def call(
        self,
        request: type[Any],
        parameters: Parameters,
        *,
        of: str = "",
        needs: str = "",
        retries: Retries = REPEATABLE,
        shared: bool = False,
    ) -> dict[str, Any]:
        """Carry out one request of the SDK (``request`` is its class) and return its answer.

        ``None`` among ``parameters`` is left out; a function that gives them is asked before every sending, and what
        it raises, other than :class:`CloudError`, ends the call. ``of`` names the thing for messages. An answer without
        the field ``needs`` counts as unreadable. ``shared``: another answer to the same will do, see
        :mod:`~pulumi_instance_role.transport.share`. Raises :class:`CloudError`.
        """

        def carry_out() -> dict[str, Any]:
            patience = Patience(retries, self.renewed)
            return self.retrier.call(lambda: self._once(request, parameters, of, needs, None), patience)

        operation: str = request().get_action_name()
        if callable(parameters) or operation not in SHARED:
            return carry_out()
        key = (operation, *sorted((name, str(value)) for name, value in parameters.items()))
        return self._looks.ask(key, things(operation, parameters), carry_out, shared=shared)

    def _assume(self, role: AssumedRole, base: Credential) -> Mapping[str, Any]:
        parameters = {
            "RoleArn": role.arn,
            "RoleSessionName": role.session,
            "DurationSeconds": role.duration,
            "Policy": role.policy or None,
            "ExternalId": role.external_id or None,
        }
        return self.retrier.call(
            lambda: self._once(AssumeRoleRequest, parameters, role.arn, "Credentials", base), Patience(REPEATABLE)
        )

    def renewed(self, error: CloudError) -> bool:
        """Whether credentials ended before their time; they are found anew."""
        ended = error.code.endswith("SecurityToken.Expired")
        if ended:
            self.credentials.forget()
        return ended

    def _once(
        self,
        request_class: type[Any],
        parameters: Parameters,
        of: str,
        needs: str,
        credential: Credential | None,
    ) -> dict[str, Any]:
        credential = credential or self.credentials.get()
        request = request_class()
        operation: str = request.get_action_name()
        endpoint: Endpoint = getattr(self.place, request.get_product().lower())
        request.set_endpoint(endpoint.address)
        request.set_protocol_type("https" if endpoint.secure else "http")

        def failed(code: str, message: str, **more: Any) -> CloudError:
            return errors.failure(code, message, operation=operation, resource=of, secrets=credential.secrets, **more)

        with self._pace.turn(operation) as turn:
            given = parameters() if callable(parameters) else parameters
            for name, value in given.items():
                if value is not None:
                    request.add_body_params(name, value)
            try:
                if not is_read(operation):
                    with self._looks.writing(things(operation, given)):
                        return _parsed(self._sent(request, endpoint, credential, failed), needs, failed)
                return _parsed(self._sent(request, endpoint, credential, failed), needs, failed)
            except CloudError as error:
                turn.throttled = error.kind is ErrorKind.THROTTLED
                raise

    def _sent(
        self, request: Any, endpoint: Endpoint, credential: Credential, failed: Callable[..., CloudError]
    ) -> bytes:
        client, adapter = self._take(endpoint)
        client._signer = _signer(credential)
        try:
            body: bytes = client.do_action_with_exception(request)
            return body
        except ServerException as error:
            code, text = str(error.get_error_code() or ""), str(error.get_error_msg() or "")
            if code == "SDK.UnknownServerError":
                code, text = UNREADABLE_BODY, f"the answer (HTTP {error.get_http_status()}) cannot be read"
            raise failed(
                code, text, status=error.get_http_status(), request_id=str(error.get_request_id() or "")
            ) from None
        except ClientException as error:
            raise _unanswered(
                adapter.failure, endpoint, failed, request.get_action_name(), str(error.get_error_msg())
            ) from None
        except IndexError:
            raise failed("SignatureDoesNotMatch", "the signature is not accepted", status=400) from None
        except (ValueError, TypeError, AttributeError):
            if not adapter.answered:
                raise
            raise failed(UNREADABLE_BODY, "the answer cannot be read") from None
        finally:
            self._idle[endpoint].append((client, adapter))

    def _take(self, endpoint: Endpoint) -> tuple[AcsClient, _Adapter]:
        try:
            return self._idle[endpoint].pop()
        except IndexError:
            adapter = _Adapter(self._context)
            # Any key will do here: each call brings its own signer. Without one the environment's would be taken.
            client = AcsClient("-", "-", self.place.region, auto_retry=False, verify=True, connect_timeout=5)
            client.session.trust_env = False
            client.session.mount("https://", adapter)
            client.session.mount("http://", adapter)
            # Once for each client: to read the environment takes as long as to sign a call.
            client.proxy = proxies(endpoint)
            return client, adapter


def _signer(credential: Credential) -> Any:
    if credential.token:
        return StsTokenSigner(StsTokenCredential(credential.key_id, credential.secret, credential.token))
    return AccessKeySigner(AccessKeyCredential(credential.key_id, credential.secret))


def _unanswered(
    failure: OSError | None, endpoint: Endpoint, failed: Callable[..., CloudError], operation: str, message: str
) -> CloudError:
    if failure is None:
        return failed("InvalidParameter", message)
    refused = cause(failure, urllib3.NewConnectionError, urllib3.ConnectTimeoutError)
    return unanswered(failure, refused, isinstance(failure, http.ProxyError), endpoint, failed, CA_BUNDLE, operation)


def _parsed(body: bytes, needs: str, failed: Callable[..., CloudError]) -> dict[str, Any]:
    if not body.strip():
        raise failed(EMPTY_BODY, "the answer is empty")
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise failed(UNREADABLE_BODY, "the answer cannot be read")
    code = str(answer.get("Code", "200"))
    if code not in ("200", "0", "OK", "success", "Success"):
        raise failed(code, str(answer.get("Message", "")), request_id=str(answer.get("RequestId", "")))
    if needs and not isinstance(answer.get(needs), (dict, list, str)):
        raise failed(UNREADABLE_BODY, f"the answer lacks {needs}", request_id=str(answer.get("RequestId", "")))
    return answer
