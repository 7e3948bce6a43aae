"""Carries out steps: asks providers what the planner wants to know, calls them, keeps the journal, tells what happens.

Each chain of steps is a task; at most ``parallel`` steps run at once. After a failure nothing new begins (unless the
operation is to continue on errors), but what runs is awaited and saved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.events import Began, Ended, Failed, Message, Sink
from instance_role_sandbox.engine.graph import all_dependencies, repaired
from instance_role_sandbox.engine.journal import Journal
from instance_role_sandbox.engine.planner import Plan, Planner
from instance_role_sandbox.engine.provider import InitFailed, NotKnown
from instance_role_sandbox.engine.registry import Registry
from instance_role_sandbox.engine.state import Resource, now
from instance_role_sandbox.engine.steps import (
    Answer,
    Ask,
    Check,
    Compare,
    Compared,
    CompareProviders,
    Op,
    Step,
)
from instance_role_sandbox.engine.tracebacks import reduced
from instance_role_sandbox.engine.values import Secret, equal, holds_secret, secret
from instance_role_sandbox.engine.wire import UNKNOWN_TEXT

_REMOVALS = (Op.DELETE, Op.DELETE_REPLACED, Op.DISCARD, Op.DISCARD_REPLACED)


class Protected(EngineError):
    """A protected resource is to be deleted. Said of each; none keeps other deletes from being done."""

    def __init__(self, urn: str) -> None:
        super().__init__(
            f'resource "{urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the '
            "`protect` flag from the resource in your program and run up"
        )


class Executor:
    """Runs one operation's steps."""

    def __init__(
        self,
        planner: Planner,
        journal: Journal,
        registry: Registry,
        sink: Sink,
        *,
        preview: bool = False,
        parallel: int = 16,
        continue_on_error: bool = False,
        can_seal: bool = True,
    ) -> None:
        """``can_seal``: there is a key to encrypt secrets with."""
        self.planner = planner
        self.journal = journal
        self._registry = registry
        self._sink = sink
        self._preview = preview
        self._continue = continue_on_error
        self._can_seal = can_seal
        self._slots = asyncio.Semaphore(parallel)
        self._planning = asyncio.Lock()
        self._errored: list[Step] = []
        self._skipped: set[str] = set()
        self.stopped = asyncio.Event()
        self.failed = False  # something was wrong, in planning or after
        self.step_failed = False  # a step that was begun did not come to its end

    # -- planning

    async def plan(self, plan: Plan) -> list[Step]:
        """Drive a plan to its end, one at a time: the planner's knowledge is what was decided before."""
        async with self._planning:
            try:
                answer = await self._answer(next(plan))
                while True:
                    answer = await self._answer(plan.send(answer))
            except StopIteration as done:
                steps: list[Step] = done.value
                return steps
            finally:
                self._tell_notes()

    def _tell_notes(self) -> None:
        for note in self.planner.notes:
            self.failed |= note.severity == "error"
            self._sink(Message(note.severity, note.message, note.urn))
        self.planner.notes.clear()

    async def _answer(self, ask: Ask) -> Answer:
        if isinstance(ask, Check):
            if not ask.provider:
                type_ = ask.urn.split("::")[2].rpartition("$")[2]
                return await self._registry.check(ask.urn, type_, ask.olds, ask.news)
            provider = await self._registry.get(ask.provider, ask.urn)
            return await provider.check(ask.urn, ask.olds, ask.news, ask.unknowns)
        if isinstance(ask, Compare):
            if not ask.provider:
                return await self._registry.compare(ask.old, ask.news)
            provider = await self._registry.get(ask.provider, ask.old.urn)
            try:
                return await provider.diff(ask.old, ask.news, ask.unknowns, ask.ignored)
            except NotKnown as why:
                self._sink(Message("warning", str(why), ask.old.urn))
                return Compared(True)
        return await self._compare_providers(ask)

    async def _compare_providers(self, ask: CompareProviders) -> Compared:
        urn = ask.new.rpartition("::")[0]
        return await self._registry.compare_references(ask.old, ask.new, self.planner.inputs_of(urn))

    # -- running

    async def run(self, steps: Sequence[Step]) -> bool:
        """Run a chain one by one; False when a step failed, was skipped, or was not begun because all stops."""
        for step in steps:
            if self._depends_on_failed(step):
                self._skipped.add(step.urn)
                return False
        for step in steps:
            async with self._slots:
                if self.stopped.is_set() or not await self._run_step(step):
                    return False
        return True

    async def run_layers(self, layers: Sequence[Sequence[Step]]) -> None:
        """Run deletes layer by layer, sparing what the failed ones still need."""
        for layer in layers:
            spared = all_dependencies(self.planner.resources, (r for s in self._errored for r in _both(s)))
            await asyncio.gather(*(self.run([step]) for step in layer if id(step.resource) not in spared))

    def _depends_on_failed(self, step: Step) -> bool:
        self._skipped.update(s.urn for s in self._errored)
        return bool(self._skipped.intersection([*step.resource.dependency_urns(), step.resource.parent]))

    def stop(self) -> None:
        """Begin nothing more."""
        self.stopped.set()

    async def _run_step(self, step: Step) -> bool:
        self._sink(Began(step))
        try:
            result = await self._apply(step)
        except EngineError as error:
            self._fail(step, error)
            return False
        self._sink(Ended(step, result))
        return True

    def _fail(self, step: Step, error: EngineError) -> None:
        self.failed = self.step_failed = True
        whole = str(error)
        text = reduced(whole)
        if self._preview:
            self._sink(Message("error", f"Preview failed: {text}", step.urn, whole))
        else:
            self._sink(Failed(step))
            self._sink(Message("error", text, step.urn, whole))
        if step.op is Op.REFRESH:
            return
        if self._continue or isinstance(error, Protected):
            self._errored.append(step)
        else:
            self.stop()

    async def _apply(self, step: Step) -> Op:
        if step.op in (Op.CREATE, Op.CREATE_REPLACEMENT) and step.new is not None:
            await self._create(step, step.new)
        elif step.op is Op.UPDATE and step.old is not None and step.new is not None:
            await self._update(step.old, step.new)
        elif step.op is Op.SAME and step.old is not None and step.new is not None:
            await self._same(step.old, step.new)
        elif step.op in _REMOVALS and step.old is not None:
            await self._delete(step, step.old)
        elif step.op is Op.REMOVE_PENDING_REPLACE:
            self.journal.settle(None, step.old)
        elif step.op is Op.REFRESH and step.old is not None:
            return await self._refresh(step, step.old)
        elif step.op in (Op.READ, Op.READ_REPLACEMENT) and step.new is not None:
            await self._read(step, step.new)
        return step.op

    async def _same(self, old: Resource, new: Resource) -> None:
        new.id, new.outputs = old.id, old.outputs
        if new.is_provider:
            await self._registry.same(old)
        _mark_secrets(new)
        self.journal.note(new, old)

    async def _create(self, step: Step, new: Resource) -> None:
        old = step.old
        gone = old if old is not None and old.pending_replacement else None
        new.created = new.modified = now()
        if new.is_provider:
            await self._registry.create(new, self._preview)
        if new.is_provider or not new.custom:
            self._replaced(old)
            self.journal.note(new, gone)
            return
        self._require_key(new)
        provider = await self._registry.get(new.provider, new.urn)
        pending = self.journal.begin(new, "creating")
        try:
            new.id, new.outputs = await provider.create(new, self._preview)
        except InitFailed as error:
            new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
            self._finish(new)
            self.journal.end(pending, new, gone)
            raise
        except EngineError:
            self.journal.end(pending)
            raise
        self._finish(new)
        self._replaced(old)
        self.journal.end(pending, new, gone)

    def _replaced(self, old: Resource | None) -> None:
        if old is not None and not old.pending_replacement:
            old.delete = True

    async def _update(self, old: Resource, new: Resource) -> None:
        new.id, new.created, new.modified = old.id, old.created, old.modified
        if new.is_provider:
            await self._registry.update(old, new)
        if new.is_provider or not new.custom:
            self.journal.note(new, old)
            return
        self._require_key(new)
        provider = await self._registry.get(new.provider, new.urn)
        before = new.copy()
        before.id = ""
        pending = self.journal.begin(before, "updating")
        new.modified = now()
        try:
            new.outputs = await provider.update(old, new, self._preview)
        except InitFailed as error:
            new.inputs = old.inputs if error.inputs is None else error.inputs
            new.outputs, new.init_errors = error.outputs, error.reasons
            self._finish(new)
            self.journal.end(pending, new, old)
            raise
        except EngineError:
            self.journal.end(pending)
            raise
        self._finish(new)
        self.journal.end(pending, new, old)

    async def _delete(self, step: Step, old: Resource) -> None:
        if step.op is Op.DELETE and old.protect:
            raise Protected(old.urn)
        spared = old.external or old.retain_on_delete or old.deleted_with in self.planner.deletes
        call = old.custom and not old.is_provider and not spared and not self._preview
        if call:
            provider = await self._registry.get(old.provider, old.urn)
            pending = self.journal.begin(old, "deleting")
            try:
                await provider.delete(old)
            except EngineError:
                self.journal.end(pending)
                raise
            self.journal.forget(pending)
        if step.delete_first:
            old.pending_replacement = True
            self.journal.settle(None, None)
        else:
            self.journal.settle(None, old)

    async def _read(self, step: Step, new: Resource) -> None:
        old = step.old
        new.created, new.modified = (old.created, old.modified) if old else ("", "")
        pending = self.journal.begin(new, "reading")
        try:
            if new.id != UNKNOWN_TEXT:  # in a preview, of something that the update makes
                await self._look_up(new)
        except EngineError:
            self.journal.end(pending)
            raise
        if old is not None and not (equal(new.inputs, old.inputs) and equal(new.outputs, old.outputs)):
            new.modified = now()
        replacing = step.op is Op.READ_REPLACEMENT
        if replacing:
            self._replaced(old)
        self.journal.end(pending, new, None if replacing else old)

    async def _look_up(self, new: Resource) -> None:
        provider = await self._registry.get(new.provider, new.urn)
        found = await provider.read(replace(new, outputs=new.inputs))  # all that is known of its state
        if found.outputs is None:
            raise EngineError(f"resource '{new.id}' does not exist")
        new.id, new.outputs = found.id or new.id, found.outputs
        self._finish(new)

    async def _refresh(self, step: Step, old: Resource) -> Op:
        if not old.custom or old.is_provider or old.pending_replacement:
            return Op.SAME
        provider = await self._registry.get(old.provider, old.urn)
        found = await provider.read(old)
        if not found.id or found.outputs is None:
            step.new = None
            return Op.DELETE
        new = old.copy()
        new.id, new.outputs, new.init_errors = found.id, found.outputs, []
        new.inputs = old.inputs if found.inputs is None else found.inputs
        _mark_secrets(new)
        if not equal(new.inputs, old.inputs) or not equal(new.outputs, old.outputs):
            new.modified = now()
        if old.external:
            changed = not equal(new.outputs, old.outputs)
        else:
            answer = await provider.diff(new, old.inputs, self._preview, old.ignore_changes)
            step.diff = self.planner.settle_refresh(answer, new, old.inputs)
            changed = bool(step.diff.changes)
        step.new = new
        return Op.UPDATE if changed else Op.SAME

    async def refresh(self, resources: Sequence[Resource]) -> list[Resource]:
        """Read all resources at once. Returns them as they are now, with nothing naming what is gone."""
        steps = [Step(Op.REFRESH, r, r) for r in resources]  # what cannot be read stays as it is
        await asyncio.gather(*(self.run([s]) for s in steps))
        return repaired(s.new for s in steps if s.new is not None)

    # -- secrets

    def _require_key(self, new: Resource) -> None:
        if self._can_seal or self._preview:
            return
        if new.additional_secret_outputs or any(holds_secret(v) for v in new.inputs.values()):
            raise EngineError(
                f"resource {new.name} has secrets and there is no passphrase: "
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
            )

    def _finish(self, new: Resource) -> None:
        _mark_secrets(new)
        if self._can_seal or self._preview:
            return
        lost = sorted(k for k, v in new.outputs.items() if holds_secret(v))
        if lost:  # it exists now: better an incomplete entry in the state than none
            new.outputs = {k: v for k, v in new.outputs.items() if k not in lost}
            listed = ", ".join(lost)
            message = f"secret outputs are not kept, because there is no passphrase to encrypt them with: {listed}"
            self._sink(Message("warning", f"{message}; set PULUMI_CONFIG_PASSPHRASE, then refresh", new.urn))


def _both(step: Step) -> list[Resource]:
    return [r for r in (step.old, step.new) if r is not None]


def _mark_secrets(new: Resource) -> None:
    """Outputs that the program declared secret, and those named as a secret input is, become secrets."""
    hidden = {k for k in new.additional_secret_outputs if k != "id"}
    hidden |= {k for k, v in new.inputs.items() if isinstance(v, Secret)}
    new.outputs = {k: secret(v) if k in hidden else v for k, v in new.outputs.items()}
