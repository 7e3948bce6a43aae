"""The instance metadata service at metadata.tencentyun.com: facts of the instance, and credentials of its role.

https://www.tencentcloud.com/document/product/213/4934. Paths are case-sensitive; what is not there is 404, and so are
credentials of any role but the one bound. How long credentials live, when new ones are given out and how soon a change
of role shows are not published: they are switches.
"""

from __future__ import annotations

import json

from werkzeug.wrappers import Response

from ..accounts import account_of, switches_of, time_of
from ..clock import stamp
from ..request import Incoming
from ..state import State
from ..switches import Switches
from .accounts import SESSION, Session, new_session, owner_of
from .cam.records import ROLE
from .cvm.facts import instance_facts
from .instances import InstanceFacts

ROOT = "/latest/meta-data/"
CREDENTIALS = f"{ROOT}cam/security-credentials/"


class Metadata:
    """The metadata service of every instance."""

    def __init__(self, state: State, switches: Switches) -> None:
        self._state = state
        self._switches = switches

    def respond(self, request: Incoming, instance_id: str) -> Response:
        """Answer what a command on that instance asks."""
        with self._state.transaction():
            facts = instance_facts(self._state, self._switches, instance_id)
            account = account_of(self._state, facts.account) if facts else None
            if facts is None or account is None or not facts.present:
                return _plain(503, f"instance {instance_id} is not running")
            if request.method != "GET":
                return _plain(405, "method not allowed")
            if request.path.startswith(CREDENTIALS):
                wanted = request.path.removeprefix(CREDENTIALS)
                return self._credentials(wanted, facts, time_of(account), switches_of(account, self._switches))
            known = {ROOT + name: value for name, value in self._texts(facts).items()}
            found = known.get(request.path)
            return _plain(404, "not found") if found is None else _plain(200, found)

    def _texts(self, facts: InstanceFacts) -> dict[str, str]:
        return {
            "": "\n".join(
                ("app-id", "cam/", "instance-id", "instance-name", "local-ipv4", "mac", "placement/", "uuid")
            ),
            "app-id": owner_of(self._state, facts.account).app_id,
            "instance-id": facts.instance_id,
            "instance-name": facts.name,
            "local-ipv4": facts.private_ip,
            "mac": facts.mac,
            "placement/region": facts.region,
            "placement/zone": facts.zone,
            "uuid": facts.uuid,
        }

    def _credentials(self, wanted: str, facts: InstanceFacts, now: float, switches: Switches) -> Response:
        role = self._state.table(ROLE, facts.account).get(facts.role) if facts.role else None
        if role is None or (role.role_id != facts.role_id and switches.text("cam-recreated-role") == "dangles"):
            return _plain(404, "not found")
        if not wanted:
            return _plain(200, role.name)
        if wanted != role.name:
            return _plain(404, "not found")
        session = self._session(facts, role.role_id, now, switches)
        document = {
            "TmpSecretId": session.secret_id,
            "TmpSecretKey": session.secret_key,
            "ExpiredTime": int(session.expires),
            "Expiration": stamp(session.expires),
            "Token": session.token,
            "Code": "Success",
        }
        return Response(json.dumps(document), 200, content_type="application/json")

    def _session(self, facts: InstanceFacts, role_id: str, now: float, switches: Switches) -> Session:
        """The newest credentials of the instance for this role, made anew when they are about to end."""
        current = [
            session
            for session in self._state.table(SESSION, facts.account).values()
            if session.instance == facts.instance_id
            and session.role_id == role_id
            and session.expires - now > switches.number("cvm-credentials-renewal-seconds")
        ]
        if current:
            return current[-1]
        return new_session(
            self._state,
            facts.account,
            role_id=role_id,
            name=facts.instance_id,
            now=now,
            seconds=switches.number("cvm-credentials-seconds"),
            instance=facts.instance_id,
        )


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain")
