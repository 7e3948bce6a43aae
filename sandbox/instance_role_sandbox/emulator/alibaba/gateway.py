"""The RPC gateway: who asks, for which action of which product, may they, and what came of it.

One request is one state transaction (after authentication, which only reads), so an error leaves nothing half done
and a fault that loses the answer loses only the answer.
https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..calls import CallLog
from ..faults import Fault, Faults
from ..reply import Reply, lost
from ..request import Incoming
from ..state import State
from ..switches import Switches
from . import faulty, ids, render
from .accounts import SESSION, Account, switches_of, time_of
from .authenticate import Nonces, authenticate, expired
from .authorize import conditions, denied, may, refusal
from .call import Action, Answer, Call, Caller, Product
from .errors import ApiError, unknown_action
from .params import Params
from .products import PRODUCTS
from .regions import REGIONS
from .signing import SIGNING_PARAMETERS, Signed, read, wants_xml

CLOUD = "alibaba"
_log = logging.getLogger(__name__)
_SECRETS = re.compile(r"password|secret|security-?token|privatekey|userdata", re.IGNORECASE)


@dataclass
class _Progress:
    """What is known of a request so far, for the answer and for the call log, however far it gets."""

    request_id: str
    xml: bool
    product: Product | None = None
    action: Action | None = None
    name: str = ""
    account: Account | None = None
    caller: Caller | None = None
    region: str = ""
    fault: Fault | None = None


class Gateway:
    """Alibaba Cloud's products behind one endpoint."""

    def __init__(self, state: State, switches: Switches, calls: CallLog, faults: Faults) -> None:
        self._state = state
        self._switches = switches
        self._calls = calls
        self._faults = faults
        self._nonces = Nonces()

    def handle(self, request: Incoming) -> Reply:
        """Answer one request. Never raises."""
        progress = _Progress(ids.request_id(), wants_xml(request), name=request.merged.get("Action", ""))
        code = ""
        try:
            answer = self._carry_out(request, progress)
            status = 200
            content_type, body = render.success(
                progress.name, {**answer, "RequestId": progress.request_id}, progress.xml
            )
        except ApiError as error:
            status, code = error.status, error.code
            content_type, body = self._failure(error, request, progress)
        except RecursionError:  # a document that nests too deeply
            deep = ApiError("InvalidParameter", 400, "A parameter nests too deeply.")
            status, code = deep.status, deep.code
            content_type, body = self._failure(deep, request, progress)
        except Exception:  # noqa: BLE001 - a fault of ours: the client gets the cloud's own 500, the log the traceback
            _log.exception("%s %s", progress.name, progress.request_id)
            broken = ApiError("InternalError", 500, "The request processing has failed due to some unknown error.")
            status, code = broken.status, broken.code
            content_type, body = self._failure(broken, request, progress)
        self._note(request, progress, status, code)
        return lost(Reply(status, content_type, body), progress.fault)

    def _carry_out(self, request: Incoming, progress: _Progress) -> Answer:
        signed = read(request)
        progress.name = signed.action
        progress.xml = signed.wants_xml
        with self._state.transaction():
            progress.account, progress.caller = authenticate(signed, self._state, self._switches, self._nonces)
        product, action = _find(signed, request)
        progress.product, progress.action = product, action
        params = Params({k: v for k, v in request.merged.items() if k not in SIGNING_PARAMETERS})
        progress.region = _region(product, params, request, progress.account)
        account, caller = progress.account, progress.caller
        fault = self._faults.next(
            account.account_id, CLOUD, product.name, action.name, faulty.unfit(action, caller, params)
        )
        progress.fault = fault
        if fault and fault.kind == "expire":
            self._expire(signed.key_id, account)
        if fault:
            faulty.suffer(fault, product, action, caller)
            if fault.kind == "hollow":
                return {}
        with self._state.transaction(moment=time_of(account)):
            call = self._call(request, progress, product, action, account, caller, params)
            answer, problem = _run(call, fault, self._state)
        if problem:
            raise problem
        return answer

    def _expire(self, key_id: str, account: Account) -> None:
        """End temporary credentials, and say so."""
        with self._state.transaction():
            sessions = self._state.table(SESSION, account.account_id)
            session = sessions.get(key_id)
            if session is not None:
                sessions.put(key_id, replace(session, expires=time_of(account)))
        raise expired(switches_of(account, self._switches))

    def _call(
        self,
        request: Incoming,
        progress: _Progress,
        product: Product,
        action: Action,
        account: Account,
        caller: Caller,
        params: Params,
    ) -> Call:
        now = time_of(account)
        context, switches = conditions(request, now), switches_of(account, self._switches)
        state = faulty.seen(self._state, account.account_id, progress.fault, now)
        if product.prefix == "ram" and not account.ram_active:
            raise ApiError("Inactive", 403, "RAM is not activated for this account.")
        return Call(
            product=product,
            action=action,
            params=params,
            caller=caller,
            region=progress.region,
            now=now,
            state=state,
            switches=switches,
            request_id=progress.request_id,
            host=request.host,
            context=context,
            may=lambda permission, resource: may(self._state, caller, permission, resource, context, switches),
        )

    def _failure(self, error: ApiError, request: Incoming, progress: _Progress) -> tuple[str, bytes]:
        product = progress.product.name if progress.product else ""
        return render.failure(error, product, request.host, progress.request_id, progress.xml)

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
            params=_shown(request.merged),
            fault=progress.fault.kind if progress.fault else "",
        )


def _find(signed: Signed, request: Incoming) -> tuple[Product, Action]:
    """The product by version, the action by name; a public host must be one of that product's."""
    product = next((product for product in PRODUCTS if product.version == signed.version), None)
    if product is None:
        raise ApiError("InvalidVersion", 400, "Specified parameter Version is not valid.")
    host = request.hostname
    if host.endswith(".aliyuncs.com") and re.split(r"[.-]", host)[0] not in product.host_prefixes:
        raise unknown_action()
    action = product.actions.get(signed.action)
    if action is None:
        raise unknown_action()
    return product, action


def _region(product: Product, params: Params, request: Incoming, account: Account) -> str:
    """The region of a call to a regional product: as asked for, else as the public host names it, else the account's
    own."""
    if not product.regional:
        return ""
    region = params.text("RegionId")
    if not region:
        match = re.fullmatch(r"[a-z]+[.-](?P<region>[a-z]+-[a-z0-9-]+)\.aliyuncs\.com", request.hostname)
        region = match["region"] if match else account.region
    if region not in REGIONS:
        raise ApiError("InvalidRegionId.NotFound", 404, "The specified RegionId does not exist.")
    return region


def _run(call: Call, fault: Fault | None, present: State) -> tuple[Answer, ApiError | None]:
    """Permission, then the action: its answer, and the error to send in its place when it was done in part.

    Permissions go by the ``present`` state, whatever the call sees.
    """
    action = call.action
    if action.permission and call.caller.kind != "account":
        for resource in action.resources(call):
            why = refusal(present, call.caller, action.permission, resource, call.context, call.switches)
            if why is None:
                continue
            if action.when_denied:
                return action.when_denied(call), None
            raise denied(call.product.denied, call.caller, action.permission, why)
    if fault and fault.kind == "partial":
        return faulty.run_in_part(call, fault)
    answer = action.run(call)
    if fault and fault.kind == "fail_late":
        faulty.fail_late(call)
    return answer, None


def _shown(values: Mapping[str, str]) -> dict[str, str]:
    """Parameters for the call log, without what is secret or only of use to signing."""
    return {k: v for k, v in values.items() if k not in SIGNING_PARAMETERS and not _SECRETS.search(k)}
