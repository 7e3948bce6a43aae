"""The engine's operations on a stack: preview, up, refresh, destroy, export, import, outputs.

Each opens the stack (project, configuration, key, state), does its work, and leaves the state file as the last thing
that was certain. Input that cannot be used is refused before anything is begun, with the state as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instance_role_sandbox.engine.crypto import Crypter, passphrase
from instance_role_sandbox.engine.deployment import Program, ProgramRun
from instance_role_sandbox.engine.errors import Canceled, EngineError, StateError
from instance_role_sandbox.engine.events import Event, Message, Prelude, Sink, Summary, Tally
from instance_role_sandbox.engine.executor import Executor
from instance_role_sandbox.engine.graph import faults
from instance_role_sandbox.engine.journal import Journal
from instance_role_sandbox.engine.monitor import serve
from instance_role_sandbox.engine.planner import Planner
from instance_role_sandbox.engine.plugins import Plugins
from instance_role_sandbox.engine.processes import Children
from instance_role_sandbox.engine.project import (
    Project,
    StackConfig,
    load_project,
    load_stack,
    no_such_stack,
    stacks_of,
)
from instance_role_sandbox.engine.registry import Registry
from instance_role_sandbox.engine.report import HIDDEN
from instance_role_sandbox.engine.state import Deployment, Text, from_json, salt_of, to_json
from instance_role_sandbox.engine.store import Store
from instance_role_sandbox.engine.values import Properties


@dataclass(frozen=True)
class Options:
    """How to go about an operation."""

    parallel: int = 4 * (os.cpu_count() or 4)
    continue_on_error: bool = False
    refresh: bool = False
    clear_pending_creates: bool = False


@dataclass
class Outcome:
    """How an operation ended."""

    failed: bool
    changes: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    outputs: Properties = field(default_factory=dict)
    plugins: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class Stack:
    """One stack of a project, with its state."""

    def __init__(
        self,
        folder: Path,
        name: str,
        environ: Mapping[str, str],
        state_folder: Path | None = None,
        *,
        read: bool = True,
    ) -> None:
        """``read=False`` passes over the present state, which may be damaged: to import another one."""
        self.project: Project = load_project(folder.resolve())
        self.config: StackConfig = load_stack(self.project, name)
        self.name = name
        self.environ = environ
        self.store = Store(state_folder or self.project.folder / ".sandbox" / "stacks", self.project.name, name)
        self._phrase = passphrase(environ)
        self.crypter = Crypter(self._phrase, self.config.salt)
        self._text = Text(lambda text, where: self.crypter.encrypt(text, where))
        self.deployment = Deployment()
        if read:
            self._read()

    @property
    def can_seal(self) -> bool:
        """Is there a passphrase to encrypt secrets with?"""
        return self._phrase is not None

    @property
    def is_new(self) -> bool:
        """Whether nothing here speaks of it: neither settings nor a state."""
        return not self.config.path.exists() and not self.store.path.exists()

    def must_be_meant(self) -> None:
        """EngineError for a new stack where there are others: its name is misspelled, and it has no setting."""
        there = {*stacks_of(self.project.folder), *self.store.others()}
        if self.is_new and there:
            raise EngineError(no_such_stack(self.name, self.config.path, there))

    def _read(self) -> None:
        """Take in the state file as it is now. StateError when it cannot be used."""
        document = self.store.read()
        if document is None:
            self.deployment = Deployment()
            return
        deployment = from_json(document, self._reader(document).decrypt, self.name)
        found = faults(deployment.resources, self.name)
        if found:
            raise StateError(f"the state of stack '{self.name}' is damaged ({self.store.path}): {'; '.join(found)}")
        self.deployment = deployment

    def _reader(self, document: Any) -> Crypter:
        """What opens a state's secrets: the stack's own key, else the state's, which then is the stack's too."""
        salt = salt_of(document)
        if salt is None or salt == self.crypter.salt_text:
            return self.crypter
        reader = Crypter(self._phrase, salt)
        if self.crypter.salt_text is None:
            self.crypter = reader
        return reader

    def write(self, deployment: Deployment) -> None:
        """Store a state."""
        self.store.write(self._text.of(deployment, lambda: self.crypter.salt_text))

    # -- operations without a program

    def export(self, show_secrets: bool = False) -> Any:
        """The state as ``pulumi stack export`` writes it."""
        return to_json(self.deployment, None if show_secrets else self.crypter.encrypt, lambda: self.crypter.salt_text)

    def import_(self, document: Any) -> list[str]:
        """Replace the state by an exported one. Returns warnings. StateError when it is refused."""
        deployment = from_json(document, self._reader(document).decrypt, self.name)
        found = faults(deployment.resources, self.name)
        if found:
            raise StateError(f"this state is refused: {'; '.join(found)}")
        warnings = [f"removing pending operation '{p.type}' on '{p.resource.urn}'" for p in deployment.pending]
        deployment.pending.clear()
        with self.store.lock():
            self.store.keep_backup()
            self.write(deployment)
        self.deployment = deployment
        return warnings

    def outputs(self) -> Properties:
        """The stack's outputs."""
        root = self.deployment.root
        return root.outputs if root else {}

    # -- operations with providers

    def run(self, kind: str, options: Options, sink: Sink) -> Outcome:
        """Do a preview, up, refresh or destroy."""
        preview = kind == "preview"
        with contextlib.nullcontext() if preview else self.store.lock():
            if not preview:
                self._read()  # again: another operation may have ended since
                self.store.keep_backup()
            return asyncio.run(Operation(self, kind, options, sink).run())


class Operation:
    """One run of preview, up, refresh or destroy."""

    def __init__(self, stack: Stack, kind: str, options: Options, sink: Sink) -> None:
        self._stack = stack
        self._kind = kind
        self._options = options
        self._sink = sink
        self._preview = kind == "preview"
        self._tally = Tally(refreshing=kind == "refresh")
        self._journal = Journal(stack.deployment, None if self._preview else stack.write)
        self._executor: Executor | None = None
        self._canceled = False

    def _tell(self, event: Event) -> None:
        self._tally(event)
        self._sink(event)

    async def run(self) -> Outcome:
        """Run it; the outcome says how it went."""
        began = time.monotonic()
        stack = self._stack
        plain = stack.config.plain(stack.crypter)
        properties = stack.config.properties(stack.crypter)
        self._tell(Prelude({key: HIDDEN if key in stack.config.secret_keys else text for key, text in plain.items()}))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._cancel)
        loop.add_signal_handler(signal.SIGTERM, self._cancel)
        async with Children() as children:
            server, address = await serve(self._log)
            plugins = Plugins(children, stack.project, stack.environ, address, self._heard)
            try:
                await self._work(children, plugins, plain, properties)
            except EngineError as error:
                self._fail(str(error))
            finally:
                loop.remove_signal_handler(signal.SIGINT)
                loop.remove_signal_handler(signal.SIGTERM)
                self._journal.close()
                await plugins.stop()
                await server.stop(None)
        if self._canceled:
            self._fail(f"{self._called} canceled")
        failed = self._failed
        seconds = time.monotonic() - began
        self._tell(Summary(dict(self._tally.counts), seconds, self._preview, failed))
        root = self._journal.snapshot().root
        outputs = root.outputs if root else {}
        return Outcome(failed, self._tally.counts, self._tally.changed, outputs, plugins.used, seconds)

    @property
    def _failed(self) -> bool:
        return self._tally.errors > 0 or self._canceled or (self._executor is not None and self._executor.failed)

    @property
    def _called(self) -> str:
        return "preview" if self._preview else "update"

    def _fail(self, text: str) -> None:
        self._tell(Message("error", text))

    def _heard(self, line: str) -> None:
        self._tell(Message("info", line))

    def _log(self, severity: str, urn: str, message: str) -> None:
        if severity != "debug":
            self._tell(Message(severity, message.rstrip("\n"), urn, logged=True))

    def _cancel(self) -> None:
        if self._canceled:  # the second time: at once. The guard ends the children.
            os._exit(130)
        self._canceled = True
        self._tell(Message("warning", "stopping: what runs is finished and saved; interrupt again to end at once"))
        if self._executor is not None:
            self._executor.stop()

    async def _work(
        self, children: Children, plugins: Plugins, plain: Mapping[str, str], properties: Properties
    ) -> None:
        stack, options = self._stack, self._options
        registry = Registry(plugins, lambda: stack.deployment.resources)
        if self._kind == "refresh" or options.refresh:
            await self._refresh(registry)
            if self._kind == "refresh":
                return
        elif stack.deployment.pending and not self._preview:
            self._warn_of_pending()
        executor = self._make_executor(registry)
        if self._kind == "destroy":
            await executor.run_layers(executor.planner.plan_deletes())
        else:
            program = Program(
                stack.project,
                stack.name,
                plain,
                sorted(stack.config.secret_keys),
                stack.environ,
                self._preview,
                options.parallel,
            )
            run = ProgramRun(program, properties, executor, registry, self._tell, stack.can_seal)
            await run.run(children)
        if executor.step_failed and not self._canceled:
            self._fail(f"{self._called} failed")

    def _make_executor(self, registry: Registry) -> Executor:
        planner = Planner(
            self._journal.base.resources, self._stack.project.name, self._stack.name, preview=self._preview
        )
        self._executor = Executor(
            planner,
            self._journal,
            registry,
            self._tell,
            preview=self._preview,
            parallel=self._options.parallel,
            continue_on_error=self._options.continue_on_error,
            can_seal=self._stack.can_seal,
        )
        if self._canceled:
            raise Canceled
        return self._executor

    async def _refresh(self, registry: Registry) -> None:
        executor = self._make_executor(registry)
        resources = await executor.refresh(self._journal.base.resources)
        self._journal.rebase(resources)
        self._stack.deployment.resources = resources
        if self._options.clear_pending_creates:
            self._journal.clear_pending_creates()
        self._journal.save()
        if executor.failed:
            self._fail(f"{self._called} failed")
            if self._kind != "refresh":
                raise Canceled

    def _warn_of_pending(self) -> None:
        pending = self._stack.deployment.pending
        lines = [f"  * {p.resource.urn}, interrupted while {p.type}" for p in pending]
        self._tell(
            Message(
                "warning",
                f"Attempting to deploy or update resources with {len(pending)} pending operations from previous "
                "deployment.\n"
                + "\n".join(lines)
                + "\nIt is not known whether these were done. See what is there; then a refresh clears them, and "
                "refresh --clear-pending-creates also those that were creating.",
            )
        )
