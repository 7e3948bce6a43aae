"""One emulator from start to stop: folder, certificates, port, the line that says it is ready, and a clean end."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from . import identity, ready, tls
from .accounts import ACCOUNT
from .alibaba import ids
from .alibaba.accounts import new_account, root_key
from .alibaba.hosts import PUBLIC_HOSTS as ALIBABA_HOSTS
from .alibaba.products import KINDS as ALIBABA_KINDS
from .app import Application, Secrets, speaks_for
from .problems import StateError
from .server import Server
from .state import State
from .switches import Switches
from .tencent.accounts import join
from .tencent.hosts import PUBLIC_HOSTS as TENCENT_HOSTS
from .tencent.products import KINDS as TENCENT_KINDS
from .tencent.summary import credentials

_LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Options:
    """What ``sandbox serve`` was told."""

    folder: Path
    port: int  # 0: any free one
    region: str
    tencent_region: str
    switches: Switches


def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT. Raises ``StateError`` or ``PortTaken`` when it cannot begin."""
    state = State(options.folder, {**ALIBABA_KINDS, **TENCENT_KINDS, identity.SECRET.name: identity.SECRET})
    try:
        _serve(options, state)
    finally:
        state.close()


def _serve(options: Options, state: State) -> None:
    ca_file = tls.ensure(options.folder, (*_LOOPBACK_NAMES, *ALIBABA_HOSTS, *TENCENT_HOSTS)).resolve()
    with state.transaction():
        secret = identity.ensure_secret(state, ids.text(40))
        alibaba = _default_account(state, options.region)
        for _, account in state.everywhere(ACCOUNT):  # those of a state from before there was a second cloud, too
            join(state, account.account_id, options.tencent_region)
        tencent = credentials(state, alibaba["account_id"])
    control_secret, control_file = ready.new_secret(options.folder)
    secrets = Secrets(proxy=secret, control=control_secret)
    app = Application(state, options.switches, secrets, alibaba["account_id"], str(ca_file))
    server = Server(options.port, app, tls.server_context(options.folder), speaks_for)
    word = {
        "endpoint": f"127.0.0.1:{server.port}",
        "ca_file": str(ca_file),
        "control_file": str(control_file.resolve()),
        "alibaba": alibaba,
        "tencent": tencent,
    }
    _stop_on_signal(server)
    try:
        ready.write(options.folder, word)
        sys.stdout.write(json.dumps(word) + "\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.05)
    finally:
        ready.remove(options.folder)


def _default_account(state: State, region: str) -> dict[str, Any]:
    """The account that the ready line speaks of: the first one, made on the first start."""
    accounts = state.everywhere(ACCOUNT)
    if accounts:
        account = accounts[0][1]
        key = root_key(state, account.account_id)
        if key is None:
            raise StateError(f"{state.folder}: the first account has no key; choose another --state")
    else:
        account, key = new_account(state, region)
    return {
        "access_key_id": key.key_id,
        "access_key_secret": key.secret,
        "account_id": account.account_id,
        "region": account.region,
    }


def _stop_on_signal(server: Server) -> None:
    """SIGTERM and SIGINT end the loop (from a thread of their own: ``shutdown`` waits for the loop it ends)."""

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
