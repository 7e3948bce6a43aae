"""The control API under ``/_sandbox/``: what tests and tools ask of the emulator itself. JSON, loopback only.

Who asks shows the secret that lies in the state folder (``Authorization: Bearer``): nothing else tells a person who
steers the sandbox from a command inside an instance.

Everything is about one account: ``?account=ID``, or the first one if left out.

================================  ======================================================================================
``GET  calls?since=N``            the calls after number N, and the newest number (:mod:`.calls`); with ``all=1`` those
                                  in every account
``GET  state``                    everything that exists
``POST faults``                   order a fault (:mod:`.faults`); answers with it and its number
``GET faults``                    the orders, what is left of them and how often they were met
``DELETE faults?number=N``        forget that order, or all
``POST clock``                    ``{"advance_seconds": N}``
``POST switches``                 ``{name: value}``, for this account alone (:mod:`.switches`)
``POST principals``               ``{"user", "policies": [documents]}``: a user with these permissions, and its key;
                                  ``{"group", "policies", "members"}``: a group, its users' keys (:mod:`.principals`)
``POST accounts``                 a new account with its root keys (``{"region", "tencent_region"}`` if not the default)
``POST account``                  ``{"ram_active": false}``: as before RAM is activated
``POST inside``                   ``{"instance_id"}``: the proxy URL that speaks for the instance
================================  ======================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Response

from . import faults, identity, json_text, principals, steering
from .accounts import ACCOUNT, Account, account_of, time_of
from .alibaba.accounts import new_account
from .alibaba.ecs.facts import instance_facts
from .alibaba.ecs.facts import summary as ecs_summary
from .alibaba.ram.view import summary as ram_summary
from .alibaba.regions import REGIONS
from .alibaba.vpc.facts import summary as vpc_summary
from .calls import CallLog
from .clock import stamp
from .faults import Faults
from .request import Incoming
from .state import State
from .switches import Switches
from .tencent import summary as tencent
from .tencent.accounts import join
from .tencent.cvm.facts import instance_facts as tencent_instance_facts
from .tencent.ids import is_instance
from .tencent.regions import REGIONS as TENCENT_REGIONS

PREFIX = "/_sandbox/"
Data = dict[str, Any]


class ControlError(Exception):
    """A request the control API cannot carry out."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The control API."""

    def __init__(
        self,
        state: State,
        switches: Switches,
        calls: CallLog,
        orders: Faults,
        *,
        secret: str,
        default_account: str,
        ca_file: str,
    ) -> None:
        self._state = state
        self._switches = switches
        self._calls = calls
        self._faults = orders
        self._secret = secret
        self._default = default_account
        self._ca_file = ca_file
        self._routes: dict[tuple[str, str], Callable[[Account, Data, Incoming], Data]] = {
            ("GET", "calls"): self._get_calls,
            ("GET", "state"): self._get_state,
            ("GET", "faults"): self._get_faults,
            ("POST", "faults"): self._post_fault,
            ("DELETE", "faults"): self._delete_faults,
            ("POST", "clock"): self._post_clock,
            ("POST", "switches"): self._post_switches,
            ("POST", "principals"): self._post_principal,
            ("POST", "accounts"): self._post_account,
            ("POST", "account"): self._post_account_settings,
            ("POST", "inside"): self._post_inside,
        }

    def respond(self, request: Incoming) -> Response:
        """Answer one request."""
        try:
            with self._state.transaction():
                return _json(200, self._answer(request))
        except ControlError as error:
            return refusal(error.status, str(error))
        except ValueError as error:
            return refusal(400, str(error))

    def _answer(self, request: Incoming) -> Data:
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            raise ControlError(f"no {request.method} {request.path} in the control API", 404)
        account_id = request.query.get("account", self._default)
        account = account_of(self._state, account_id)
        if account is None:
            raise ControlError(f"no account {account_id}", 404)
        data = json_text.loads(request.body) if request.body else {}
        if not isinstance(data, dict):
            raise ControlError("the body is a JSON object")
        return route(account, data, request)

    def _get_calls(self, account: Account, data: Data, request: Incoming) -> Data:
        since = int(request.query.get("since", "0"))
        whose = None if request.query.get("all") == "1" else account.account_id
        return {"calls": self._calls.since(since, whose), "last": self._calls.last}

    def _get_state(self, account: Account, data: Data, request: Incoming) -> Data:
        return {
            "account_id": account.account_id,
            "time": stamp(time_of(account)),
            **ram_summary(self._state, account.account_id),
            **vpc_summary(self._state, account.account_id),
            **ecs_summary(self._state, account.account_id),
            "tencent": tencent.summary(self._state, account.account_id),
        }

    def _get_faults(self, account: Account, data: Data, request: Incoming) -> Data:
        return {"faults": self._faults.orders(account.account_id)}

    def _post_fault(self, account: Account, data: Data, request: Incoming) -> Data:
        fault = faults.read(data)
        steering.check(fault)
        return self._faults.order(account.account_id, fault).shown()

    def _delete_faults(self, account: Account, data: Data, request: Incoming) -> Data:
        number = request.query.get("number")
        if number is None:
            return {"cleared": self._faults.clear(account.account_id)}
        cleared = self._faults.clear(account.account_id, int(number) if number.isdecimal() else 0)
        if not cleared:
            raise ControlError(f"no fault {number} is on order", 404)
        return {"cleared": cleared}

    def _post_clock(self, account: Account, data: Data, request: Incoming) -> Data:
        seconds = data.get("advance_seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise ControlError("'advance_seconds' is a number from 0 up")
        account = self._save(replace(account, clock_offset=account.clock_offset + seconds))
        return {"time": stamp(time_of(account))}

    def _post_switches(self, account: Account, data: Data, request: Incoming) -> Data:
        Switches(data)  # refuses what it does not know
        self._save(replace(account, switches={**account.switches, **data}))
        return {}

    def _post_principal(self, account: Account, data: Data, request: Incoming) -> Data:
        return principals.make(self._state, account, data)

    def _post_account(self, account: Account, data: Data, request: Incoming) -> Data:
        region = data.get("region", account.region)
        if region not in REGIONS:
            raise ControlError(f"no region {region!r}")
        tencent_region = data.get("tencent_region", tencent.region(self._state, account.account_id))
        if tencent_region not in TENCENT_REGIONS:
            raise ControlError(f"no region {tencent_region!r}")
        made, key = new_account(self._state, region)
        join(self._state, made.account_id, tencent_region)
        return {
            "account_id": made.account_id,
            "access_key_id": key.key_id,
            "access_key_secret": key.secret,
            "region": made.region,
            "tencent": tencent.credentials(self._state, made.account_id),
        }

    def _post_account_settings(self, account: Account, data: Data, request: Incoming) -> Data:
        active = data.get("ram_active")
        if not isinstance(active, bool):
            raise ControlError("'ram_active' is true or false")
        self._save(replace(account, ram_active=active))
        return {}

    def _post_inside(self, account: Account, data: Data, request: Incoming) -> Data:
        instance_id = data.get("instance_id")
        if not isinstance(instance_id, str):
            raise ControlError("'instance_id' is the id of an instance")
        facts = (
            tencent_instance_facts(self._state, self._switches, instance_id)
            if is_instance(instance_id)
            else instance_facts(self._state, instance_id)
        )
        if facts is None:
            raise ControlError(f"no instance {instance_id!r} in the sandbox", 404)
        if not facts.present:
            raise ControlError(f"instance {instance_id} is not running", 409)
        proof = identity.proof(self._secret, facts.instance_id)
        return {
            "proxy": f"http://{facts.instance_id}:{proof}@{request.host}",
            "account_id": facts.account,
            "region": facts.region,
            "ca_file": self._ca_file,
            "cloud": "tencent" if is_instance(instance_id) else "alibaba",
        }

    def _save(self, account: Account) -> Account:
        return self._state.table(ACCOUNT, account.account_id).put(account.account_id, account)


def refusal(status: int, reason: str) -> Response:
    """The answer to a request that is not carried out."""
    return _json(status, {"error": reason})


def _json(status: int, data: Data) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), status, content_type="application/json;charset=utf-8")
