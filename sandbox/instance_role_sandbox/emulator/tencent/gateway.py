"""The API gateway: who asks, for which action of which product, may they, and what came of it.

https://www.tencentcloud.com/document/product/213/33222. Every answer, errors too, is HTTP 200 with exactly
``Content-Type: application/json`` (the official SDK does not see an error otherwise). In which order the real gateway
checks is not published; here: signature, time, action, rate, parameters, permission, and what the action itself minds.

One request is one state transaction (after authentication, which only reads), so an error leaves nothing half done
and a fault that loses the answer loses only the answer.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import json_text
from ..accounts import Account, switches_of, time_of
from ..calls import CallLog
from ..faults import Fault, Faults
from ..reply import Reply, lost
from ..request import Incoming
from ..state import State
from ..switches import Switches
from . import faulty, ids
from .accounts import SESSION, owner_of
from .authenticate import authenticate, expired
from .authorize import conditions, denied, may
from .call import Action, Answer, Call, Caller, Product
from .errors import ApiError, missing
from .hosts import DOMAIN, product_of
from .products import PRODUCTS
from .rates import Rates
from .regions import REGIONS
from .shapes import unflatten
from .signing import SCHEME, read
from .tagged import tag_conditions

CLOUD = "tencent"
JSON = "application/json"
_log = logging.getLogger(__name__)
_LONGEST = {"GET": 32 * 1024, "POST": 10 * 1024 * 1024}
"""Bytes of a query and of a body (signed with TC3-HMAC-SHA256)."""
_LONGEST_SHOWN = 1024 * 1024
_SECRETS = re.compile(r"password|secret|tokencode|userdata", re.IGNORECASE)


@dataclass
class _Progress:
    """What is known of a request so far, for the answer and for the call log, however far it gets."""

    request_id: str
    name: str
    product: Product | None = None
    action: Action | None = None
    account: Account | None = None
    caller: Caller | None = None
    region: str = ""
    fault: Fault | None = None


def is_ours(request: Incoming) -> bool:
    """Whether a request means Tencent Cloud: by its host, its signature, or the header that names the action."""
    return (
        request.hostname.endswith(DOMAIN)
        or request.headers.get("authorization", "").startswith(SCHEME)
        or "x-tc-action" in request.headers
    )


class Gateway:
    """Tencent Cloud's products behind one endpoint."""

    def __init__(self, state: State, switches: Switches, calls: CallLog, faults: Faults) -> None:
        self._state = state
        self._switches = switches
        self._calls = calls
        self._faults = faults
        self._rates = Rates()

    def handle(self, request: Incoming) -> Reply:
        """Answer one request. Never raises."""
        progress = _Progress(ids.request_id(), request.headers.get("x-tc-action", ""))
        code, status = "", 200
        try:
            response: Answer = self._carry_out(request, progress)
        except ApiError as error:
            code, response = error.code, _failure(error)
        except RecursionError:  # a document that nests too deeply
            deep = ApiError("InvalidParameter", "A parameter nests too deeply.")
            code, response = deep.code, _failure(deep)
        except faulty.Unavailable:
            code, status, response = "ServiceUnavailable", 503, {}
        except Exception:  # noqa: BLE001 - a fault of ours: the client gets the cloud's own error, the log the traceback
            _log.exception("%s %s", progress.name, progress.request_id)
            broken = faulty.internal(progress.product)
            code, response = broken.code, _failure(broken)
        self._note(request, progress, status, code)
        body = json.dumps({"Response": {**response, "RequestId": progress.request_id}}, ensure_ascii=False)
        if status != 200:
            return Reply(status, "text/plain", b"Service Unavailable")
        return lost(Reply(status, JSON, body.encode()), progress.fault)

    def _carry_out(self, request: Incoming, progress: _Progress) -> Answer:
        _refuse_long(request)
        signed = read(request)
        with self._state.transaction():
            progress.account, progress.caller = authenticate(signed, self._state)
        product, action = _find(signed.service, request, progress.name)
        progress.product, progress.action = product, action
        progress.region = _region(product, action, request)
        account, caller = progress.account, progress.caller
        switches = switches_of(account, self._switches)
        fault = self._faults.next(account.account_id, CLOUD, product.name, action.name, faulty.unfit(action, caller))
        progress.fault = fault
        if fault and fault.kind == "expire":
            self._expire(signed.secret_id, account)
        if fault:
            faulty.suffer(fault, product, action, progress.request_id, switches)
            if fault.kind == "hollow":
                return {}
        if switches.on("tencent-rates") and action.rate is not None:
            self._rates.count(f"{product.name}:{action.name}", progress.region, caller.arn, action.rate)
        params = action.takes.read(_sent(request), "")
        now = time_of(account)
        with self._state.transaction(moment=now):
            context = conditions(request, now)

            def permits(permission: str, resource: str) -> bool:
                tags = tag_conditions(self._state, caller.account, resource)
                return may(self._state, caller, permission, resource, {**context, **tags}, switches)

            call = Call(
                product=product,
                action=action,
                params=params,
                caller=caller,
                owner=owner_of(self._state, account.account_id),
                region=progress.region,
                now=now,
                state=faulty.seen(self._state, account.account_id, fault, now),
                switches=switches,
                request_id=progress.request_id,
                context=context,
                may=permits,
            )
            try:
                return _run(call, fault)
            except ApiError as error:
                if not error.keeps:
                    raise
                kept = error
        raise kept

    def _expire(self, secret_id: str, account: Account) -> None:
        """End temporary credentials, and say so."""
        with self._state.transaction():
            sessions = self._state.table(SESSION, account.account_id)
            session = sessions.get(secret_id)
            if session is not None:
                sessions.put(secret_id, replace(session, expires=time_of(account)))
        raise expired()

    def _note(self, request: Incoming, progress: _Progress, status: int, code: str) -> None:
        self._calls.add(
            cloud=CLOUD,
            product=progress.product.name if progress.product else "",
            action=progress.name,
            status=status,
            code=code,
            caller=progress.caller.arn if progress.caller else "",
            account=progress.account.account_id if progress.account else "",
            region=progress.region,
            write=bool(progress.action and progress.action.writes),
            params=_shown(request),
            fault=progress.fault.kind if progress.fault else "",
        )


def _find(service: str, request: Incoming, name: str) -> tuple[Product, Action]:
    """The product by the service signed for (a public host must be that one's), the action by name."""
    product = PRODUCTS.get(service)
    if product is None or product_of(request.hostname) not in ("", service):
        raise ApiError("NoSuchProduct", f"The product `{service}` is not served here.")
    if not name:
        raise missing("Action")
    if request.headers.get("x-tc-version", "") != product.version:
        raise ApiError("NoSuchVersion", f"The version of `{service}` is {product.version}.")
    action = product.actions.get(name)
    if action is None:
        raise ApiError("InvalidAction", f"The action `{name}` of `{service}` is not found.")
    return product, action


def _region(product: Product, action: Action, request: Incoming) -> str:
    """The region that the request is for: none where a product is for all of them."""
    if product.regional or action.asks_region:
        region = request.headers.get("x-tc-region", "")
        if not region:
            raise missing("Region")
        if region not in REGIONS:
            raise ApiError("UnsupportedRegion", f"The region `{region}` is not supported.")
        return region if product.regional else ""
    return ""


def _refuse_long(request: Incoming) -> None:
    sent = request.raw_query if request.method == "GET" else request.body
    most = _LONGEST.get(request.method)
    if most is not None and len(sent) > most:
        raise ApiError("RequestSizeLimitExceeded", f"The request is longer than {most} bytes.")


def _sent(request: Incoming) -> dict[str, Any]:
    """The parameters as they were sent: a JSON body, or the query of a GET."""
    if request.method == "GET":
        return unflatten(request.query)
    if request.method != "POST":
        raise ApiError("UnsupportedProtocol", f"The method {request.method} is not supported; use POST or GET.")
    try:
        found = json_text.loads(request.body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ApiError("InvalidParameter", "The request body is not a JSON object.")
    return found


def _run(call: Call, fault: Fault | None) -> Answer:
    """Permission, then the action, as far as a fault lets it."""
    action = call.action
    if action.permission and call.caller.kind != "account":
        for resource in action.resources(call):
            if not call.may(action.permission, resource):
                if action.when_denied and call.switches.text("tencent-denied-describe") == "empty":
                    return action.when_denied(call)
                raise denied(call.switches.text("tencent-denied-code"), call.request_id, action.permission, resource)
    if fault and fault.kind == "partial":
        return faulty.run_in_part(call, fault)
    answer = action.run(call)
    if fault and fault.kind == "fail_late":
        faulty.fail_late(call)
    return answer


def _failure(error: ApiError) -> Answer:
    return {"Error": {"Code": error.code, "Message": error.message}}


def _shown(request: Incoming) -> Mapping[str, str]:
    """Parameters for the call log, as texts, without what is secret; of a very long body, how long it is."""
    if len(request.body) > _LONGEST_SHOWN:
        return {"...": f"{len(request.body)} bytes"}
    try:
        sent = _sent(request)
    except ApiError:
        return {}
    return {
        name: value if isinstance(value, str) else json.dumps(_without_secrets(value), ensure_ascii=False)
        for name, value in sent.items()
        if not _SECRETS.search(name)
    }


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items() if not _SECRETS.search(key)}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
