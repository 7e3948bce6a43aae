"""One run of a program: its registrations become steps, its end brings the deletes.

The program is a child process that talks to the monitor. The run ends when the program is done (or has failed), all
steps that were begun are over, and, if all went well, what the program no longer has is deleted.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from instance_role_sandbox.engine import bootstrap
from instance_role_sandbox.engine.errors import EngineError, ProviderError
from instance_role_sandbox.engine.events import Message, Registered, Sink
from instance_role_sandbox.engine.executor import Executor
from instance_role_sandbox.engine.monitor import Monitor, Stopped, serve
from instance_role_sandbox.engine.planner import Plan, Refused
from instance_role_sandbox.engine.processes import GRACE, Children, pump
from instance_role_sandbox.engine.project import Project
from instance_role_sandbox.engine.provider import Invoked
from instance_role_sandbox.engine.registry import Plugin, Registry, default_provider, package_of
from instance_role_sandbox.engine.state import PROVIDER_PREFIX, STACK_TYPE, Resource
from instance_role_sandbox.engine.steps import Goal, Step
from instance_role_sandbox.engine.tracebacks import reduced
from instance_role_sandbox.engine.values import Properties, holds_secret

GET_RESOURCE = "pulumi:pulumi:getResource"


@dataclass(frozen=True)
class Program:
    """What to run and what it is told."""

    project: Project
    stack: str
    config: Mapping[str, str]
    secret_keys: list[str]
    environ: Mapping[str, str]
    preview: bool
    parallel: int

    def command(self, address: str) -> list[str]:
        """The command line of the program's process."""
        settings = {
            "monitor": address,
            "engine": address,
            "project": self.project.name,
            "stack": self.stack,
            "parallel": self.parallel,
            "dry_run": self.preview,
            "organization": "organization",
            "root_directory": str(self.project.folder),
        }
        task = json.dumps({"settings": settings, "entry": self.project.entry})
        return [self.project.python(self.environ), "-u", bootstrap.__file__, task]

    def process_environ(self) -> dict[str, str]:
        """The environment of the program's process."""
        return {
            **self.environ,
            "PULUMI_CONFIG": json.dumps(dict(self.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(self.secret_keys),
        }


class ProgramRun:
    """Runs a program and carries out what it registers."""

    def __init__(
        self,
        program: Program,
        properties: Properties,
        executor: Executor,
        registry: Registry,
        sink: Sink,
        can_seal: bool,
    ) -> None:
        """``properties``: the stack's configuration, with secrets marked."""
        self._program = program
        self._properties = properties
        self._executor = executor
        self._registry = registry
        self._sink = sink
        self._can_seal = can_seal
        self._root = ""
        self._chains: set[asyncio.Task[bool]] = set()
        self._defaults: dict[tuple[str, Plugin], asyncio.Task[str]] = {}
        self._live: dict[str, Resource] = {}
        self._steps: dict[str, Step] = {}
        self._outputs: Properties | None = None
        self._all_registered = asyncio.Event()
        self._over = asyncio.Event()
        self._quiet = False
        self._told = False

    # -- the monitor's side

    async def register(self, goal: Goal, plugin: Plugin) -> tuple[Resource, bool]:
        """Plan and carry out one registration."""
        if goal.type.startswith(PROVIDER_PREFIX):
            goal.provider, goal.inputs = "", plugin.within(goal.inputs)
        elif goal.custom:
            goal.provider = goal.provider or await self._default(package_of(goal.type), plugin)
        return await self._register(goal)

    async def _register(self, goal: Goal) -> tuple[Resource, bool]:
        urn = self._executor.planner.urn(goal)
        if goal.type == STACK_TYPE:
            self._root = urn
        return await self._carry_out(urn, self._executor.planner.plan(goal))

    async def _carry_out(self, urn: str, plan: Plan) -> tuple[Resource, bool]:
        self._check_stopped()
        try:
            steps = await self._executor.plan(plan)
        except Refused as refused:
            self.refuse(refused, urn)
            raise Stopped(str(refused)) from None
        except ProviderError as error:
            self._error(error, error.urn or urn)
            raise Stopped(str(error)) from None
        chain = asyncio.create_task(self._executor.run(steps))
        self._chains.add(chain)
        done = await asyncio.shield(chain)
        new = next(s.new for s in steps if s.new is not None)
        if done:
            self._live[new.urn] = new
            self._steps[new.urn] = steps[-1]
        else:
            self._check_stopped()
        return new, done

    async def _default(self, package: str, plugin: Plugin) -> str:
        """The reference of a package's default provider, registered at its first use."""
        key = (package, plugin)
        if key not in self._defaults:
            goal = default_provider(package, plugin, self._properties)
            self._defaults[key] = asyncio.create_task(self._register_default(goal))
        return await asyncio.shield(self._defaults[key])

    async def _register_default(self, goal: Goal) -> str:
        new, done = await self._register(goal)
        if not done:
            raise Stopped(f"the provider {goal.type} could not be made ready")
        return f"{new.urn}::{new.id}"

    def _check_stopped(self) -> None:
        if self._executor.stopped.is_set():
            raise Stopped("the deployment has stopped")

    async def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Keep the stack's outputs for the end; a component's are set at once."""
        if urn == self._root:
            self._outputs = outputs
        elif urn in self._live:
            self._live[urn].outputs = outputs
            self._executor.journal.touch()
            self._sink(Registered(self._steps[urn]))

    async def read(self, goal: Goal, id_: str, plugin: Plugin) -> Resource:
        """Look at a resource that this stack does not manage, or from now on does not any more."""
        goal.provider = goal.provider or await self._default(package_of(goal.type), plugin)
        planner = self._executor.planner
        new, done = await self._carry_out(planner.urn(goal), planner.plan_read(goal, id_))
        if not done:
            raise Stopped(f"{new.urn} could not be read")
        return new

    async def invoke(self, token: str, args: Properties, provider: str, plugin: Plugin) -> Invoked:
        """Call a provider's function, or look up a resource of this run. No ``provider``: the package's default."""
        self._check_stopped()
        if token == GET_RESOURCE:
            urn = args.get("urn")
            found = self._live.get(urn) if isinstance(urn, str) else None
            if found is None:
                raise EngineError(f"unknown resource {urn}")
            return Invoked({"urn": found.urn, "id": found.id, "state": found.outputs})
        reference = provider or await self._default(package_of(token), plugin)
        called = await self._registry.get(reference)
        return await called.invoke(token, args, self._program.preview)

    async def finish(self) -> None:
        """The program has registered all it has."""
        self._all_registered.set()
        await self._over.wait()

    def log(self, severity: str, urn: str, message: str) -> None:
        """Show what the program says; what a stopped one complains of is a consequence, and is not shown."""
        if self._quiet or severity == "debug" or (self._executor.stopped.is_set() and severity == "error"):
            return
        self._told |= severity == "error"
        self._sink(Message(severity, message.rstrip("\n"), urn, logged=True))

    def refuse(self, error: EngineError, urn: str) -> None:
        """Stop, because of what the program asks for."""
        if not isinstance(error, Refused) and not self._executor.stopped.is_set():
            self._error(error, urn if urn.startswith("urn:") else "")
        self._executor.failed = True
        self._executor.stop()

    def _error(self, error: EngineError, urn: str) -> None:
        self._sink(Message("error", reduced(str(error)), urn, str(error)))
        self._executor.failed = True
        self._executor.stop()

    # -- the run

    async def run(self, children: Children) -> None:
        """Run the program to its end, then delete what it no longer has."""
        monitor = Monitor(self)
        server, address = await serve(self.log, monitor)
        try:
            process = await children.start(
                self._program.command(address), self._program.project.program_folder, self._program.process_environ()
            )
            pumps = [
                asyncio.create_task(pump(process.stdout, lambda line: self._output("info", line))),
                asyncio.create_task(pump(process.stderr, lambda line: self._output("info#err", line))),
            ]
            ended = asyncio.create_task(process.wait())
            complete = await self._wait(ended)
            await self._settle_chains()
            if complete and not self._executor.stopped.is_set():
                await self._executor.run_layers(self._executor.planner.plan_deletes())
            self._over.set()
            self._finish_outputs()
            await self._end_program(children, process, ended, pumps)
        finally:
            self._over.set()
            await server.stop(0.5)
            await monitor.close()

    async def _wait(self, ended: asyncio.Task[int]) -> bool:
        """Wait for the program; True when it registered all it has and ended well."""
        signals = [asyncio.create_task(e.wait()) for e in (self._all_registered, self._executor.stopped)]
        await asyncio.wait([ended, *signals], return_when=asyncio.FIRST_COMPLETED)
        for task in signals:
            task.cancel()
        if self._executor.stopped.is_set():
            return False
        if self._all_registered.is_set():
            return True
        code = ended.result()
        if code == 0:
            return True
        await asyncio.sleep(0)  # what it printed last
        if code != bootstrap.TOLD:
            why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            if not (self._told and code == 1):
                self._sink(Message("error", f"the program ended with {why}"))
        self._executor.failed = True
        self._executor.stop()
        return False

    async def _settle_chains(self) -> None:
        while self._chains:
            chains, self._chains = self._chains, set()
            await asyncio.gather(*chains)

    def _output(self, severity: str, line: str) -> None:
        if not self._quiet and not self._executor.stopped.is_set():
            self._sink(Message(severity, line))

    def _finish_outputs(self) -> None:
        """The stack's outputs; after a failure the new ones over the old, for none can be said to be gone."""
        root = self._live.get(self._root)
        if root is None or self._outputs is None:
            return
        before = self._executor.planner.olds.get(self._root)
        outputs = dict(self._outputs)
        if self._executor.failed and before is not None:
            outputs = {**before.outputs, **outputs}
        if not self._can_seal and any(holds_secret(v) for v in outputs.values()):
            lost = ", ".join(sorted(k for k, v in outputs.items() if holds_secret(v)))
            outputs = {k: v for k, v in outputs.items() if not holds_secret(v)}
            message = f"secret stack outputs are not kept, because there is no passphrase to encrypt them with: {lost}"
            self._sink(Message("warning", f"{message}; set PULUMI_CONFIG_PASSPHRASE", self._root))
        root.outputs = outputs
        self._executor.journal.touch()
        self._sink(Registered(self._steps[self._root]))

    async def _end_program(
        self,
        children: Children,
        process: asyncio.subprocess.Process,
        ended: asyncio.Task[int],
        pumps: list[asyncio.Task[None]],
    ) -> None:
        self._quiet = self._executor.stopped.is_set()
        await asyncio.wait([ended], timeout=GRACE)
        self._quiet = True
        await children.stop(process)
        await asyncio.gather(*pumps)
