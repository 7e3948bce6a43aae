"""The instance metadata service at 100.100.100.200: which role the instance has, and temporary credentials for it.

https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata and
https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance. Credentials
live six hours; half an hour before they end new ones are given out, and both work meanwhile. Status codes of refusals
are not documented: they are switches.
"""

from __future__ import annotations

import json
import re
import threading

from werkzeug.wrappers import Response

from ..clock import stamp
from ..request import Incoming
from ..state import State
from ..switches import Switches
from . import ids
from .accounts import SESSION, Session, account_of, new_session, switches_of, time_of
from .ecs.facts import instance_facts
from .instances import InstanceFacts
from .ram.records import ROLE

ADDRESS = "100.100.100.200"
LIFETIME = 6 * 3600.0
RENEWAL = 1800.0
TOKEN_HEADER = "x-aliyun-ecs-metadata-token"  # noqa: S105 - the name of a header, not a token
TTL_HEADER = "x-aliyun-ecs-metadata-token-ttl-seconds"
MAX_TTL = 21600

_CREDENTIALS = re.compile(r"/latest/meta-data/[Rr]am/security-credentials/(?P<role>[^/]*)/?")


class Metadata:
    """The metadata service of every instance. Tokens are kept in memory: a restart ends them."""

    def __init__(self, state: State, switches: Switches) -> None:
        self._state = state
        self._switches = switches
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}  # token -> instance, end

    def respond(self, request: Incoming, instance_id: str) -> Response:
        """Answer what a command on that instance asks."""
        with self._state.transaction():
            facts = instance_facts(self._state, instance_id)
            account = account_of(self._state, facts.account) if facts else None
            if facts is None or account is None or not facts.present:
                return _plain(503, f"instance {instance_id} is not running")
            if not facts.endpoint_enabled:
                return _plain(403, "the metadata service of this instance is disabled")
            now, switches = time_of(account), switches_of(account, self._switches)
            if request.path == "/latest/api/token" and request.method == "PUT":
                return self._new_token(request, facts, now, switches)
            if request.method != "GET":
                return _plain(405, "method not allowed")
            if not self._may_read(request, facts, now):
                return _plain(switches.status("metadata-token-status"), "a valid token is required")
            return self._read(request.path, facts, now, switches)

    def _new_token(self, request: Incoming, facts: InstanceFacts, now: float, switches: Switches) -> Response:
        ttl = request.headers.get(TTL_HEADER, "")
        if not re.fullmatch(r"\d{1,6}", ttl) or not 1 <= int(ttl) <= MAX_TTL:
            return _plain(switches.status("metadata-ttl-status"), f"{TTL_HEADER} is a number from 1 to {MAX_TTL}")
        if "x-forwarded-for" in request.headers:
            return _plain(switches.status("metadata-token-status"), "not for forwarded requests")
        token = ids.text(56)
        with self._lock:
            self._tokens = {key: value for key, value in self._tokens.items() if value[1] > now - 86400}
            self._tokens[token] = (facts.instance_id, now + int(ttl))
        return _plain(200, token)

    def _may_read(self, request: Incoming, facts: InstanceFacts, now: float) -> bool:
        token = request.headers.get(TOKEN_HEADER)
        if token is None:
            return not facts.tokens_required
        with self._lock:
            instance, ends = self._tokens.get(token, ("", 0.0))
        return instance == facts.instance_id and now < ends

    def _read(self, path: str, facts: InstanceFacts, now: float, switches: Switches) -> Response:
        plain = {
            "/latest/meta-data/instance-id": facts.instance_id,
            "/latest/meta-data/region-id": facts.region,
            "/latest/meta-data/owner-account-id": facts.account,
        }
        if path in plain:
            return _plain(200, plain[path])
        match = _CREDENTIALS.fullmatch(path)
        if match is None:
            return _plain(404, "not found")
        role = self._state.table(ROLE, facts.account).get(facts.role) if facts.role else None
        if role is None or match["role"] not in ("", role.name):
            return _plain(switches.status("metadata-no-role-status"), "not found")
        if not match["role"]:
            return _plain(200, role.name)
        session = self._session(facts, role.role_id, now)
        document = {
            "AccessKeyId": session.key_id,
            "AccessKeySecret": session.secret,
            "Expiration": stamp(session.expires),
            "SecurityToken": session.token,
            "LastUpdated": stamp(session.created),
            "Code": "Success",
        }
        return Response(json.dumps(document, indent=2), 200, content_type="application/json")

    def _session(self, facts: InstanceFacts, role_id: str, now: float) -> Session:
        """The newest credentials of the instance for this binding, made anew when they are about to end."""
        current = [
            session
            for session in self._state.table(SESSION, facts.account).values()
            if session.instance == facts.instance_id
            and session.role_id == role_id
            and session.restriction == facts.restriction
            and session.expires - now > RENEWAL
        ]
        if current:
            return current[-1]
        return new_session(
            self._state,
            facts.account,
            role=facts.role,
            role_id=role_id,
            name=f"vm-ram-{facts.instance_id}",
            now=now,
            seconds=LIFETIME,
            restriction=facts.restriction,
            instance=facts.instance_id,
        )


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain")
