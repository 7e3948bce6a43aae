"""The embedded engine behind the protocol of record.py, which records and compares engines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from instance_role_sandbox.engine.crypto import Crypter
from instance_role_sandbox.engine.operations import Stack
from tests.parity import record
from tests.support.forks import ROOT, Forked

TIMEOUT = 120  # seconds for one operation


class Embedded(record.Engine):  # for how it reads an event log; the rest is its own
    """Runs the engine's command line, each operation as a process."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = {
            **environ,
            "PULUMI_CONFIG_PASSPHRASE": record.PASSPHRASE,
            "COLUMNS": "400",  # a phrase must not be broken
        }

    def prepare(self, config: Mapping[str, Any]) -> None:
        """Write the settings of stack `dev`."""
        crypter = Crypter(record.PASSPHRASE)
        values: dict[str, Any] = {}
        for key, value in config.items():
            secret = isinstance(value, dict)
            text = value["secret"] if isinstance(value, dict) else value
            values[f"{record.PROJECT}:{key}"] = {"secure": crypter.encrypt(text, key)} if secret else text
        settings: dict[str, Any] = {"config": values}
        if crypter.salt_text:
            settings["encryptionsalt"] = crypter.salt_text
        path = self.folder / f"Pulumi.{record.STACK}.yaml"
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def run(self, op: Mapping[str, Any], environ: Mapping[str, str], watch: Callable[[Any], None]) -> record.Outcome:
        """Do one operation."""
        if op["op"] == "unlock":  # the lock goes with the process that held it
            return record.Outcome(0, "", [], None, [])
        log = self.folder / "events.json"
        log.unlink(missing_ok=True)
        command = [op["op"], "--stack", record.STACK, "--cwd", str(self.folder), "--event-log", str(log)]
        for name, value in op.get("flags", {}).items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        env = {**self.environ, **environ}
        process = Forked("tests.parity.cli", *command, env=env, cwd=ROOT, merge=True, own_session=True)
        watch(process)
        said, _ = process.communicate(timeout=TIMEOUT)
        return record.Outcome(process.wait(), said, *self._events(log))

    def export(self) -> dict[str, Any]:
        """The state with secrets in the open."""
        stack = Stack(self.folder, record.STACK, {**os.environ, **self.environ})
        exported: dict[str, Any] = json.loads(json.dumps(stack.export(show_secrets=True)))
        return exported
