"""The operations on a stack, step by step, each step said as it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from instance_role_sandbox.project import emulator, engines, plugin, proof, states
from instance_role_sandbox.project.anywhere import must_be_there, with_commands
from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.emulator import Emulator
from instance_role_sandbox.project.engines import Engine
from instance_role_sandbox.project.environment import cleared, sandboxed
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.inventory import Inventory, account_of, look, resources, why_it_stays
from instance_role_sandbox.project.place import Place
from instance_role_sandbox.project.proof import Seen
from instance_role_sandbox.project.sample import Prove, asked
from instance_role_sandbox.project.show import Screen
from pulumi_instance_role.plan.faults import some

_PROVED = "each instance acts as its role"
_A_STEP = 20
"""Instances after which the proof says how far it is."""


class Run:
    """One command on one stack."""

    def __init__(self, place: Place, wanted_engine: str | None, screen: Screen, prove: Prove = "some") -> None:
        self._place = place
        self._prove: Prove = prove
        self._screen = screen
        self._engine: Engine = engines.choose(place, wanted_engine)
        self._say = screen.say
        self._started = False  # whether the emulator was started by this command

    def operate(self, operation: str) -> None:
        """up, preview, refresh or destroy. ProjectError when it did not come to a good end."""
        self._say(self._engine.describe())
        with self._place.hold(operation):
            serving, environment = self._prepare()
            before = self._deployment()
            if operation == "destroy" and not before.get("resources"):
                self._say(f"stack {self._place.stack}: nothing is deployed, nothing to destroy")
                self._wind_down(serving)
                return
            last = serving.control.last_call()
            self._say(f"{operation} of stack {self._place.stack} ...")
            code = self._engine.run(operation, environment)
            made = serving.control.calls(last)
            if code != 0:
                raise ProjectError(
                    f"{operation} of stack {self._place.stack} failed (the engine's exit code is {code})"
                )
            self._count(operation, made)
            if operation == "destroy":
                self._check_gone(serving, before)
                self._wind_down(serving)
            elif operation != "preview":
                self._tables(serving, environment)

    def status(self) -> None:
        """The tables alone."""
        if not resources(self._deployment()):
            self._say(f"stack {self._place.stack}: nothing is deployed in {self._place.sandbox}; deploy it with `up`")
            return
        self._say(self._engine.describe())
        serving, environment = self._prepare()
        self._tables(serving, environment)

    def command(self, words: Sequence[str]) -> int:
        """Run any command as the stack's operations run: with the emulator, its keys and the engine's state. Its code.

        This installation's commands come first on its PATH. An emulator that was started for the command alone, and
        that nothing needs after it, is stopped again.
        """
        must_be_there(words[0], self._place.folder)
        _, environment = self._prepare()
        environment = self._engine.environment(environment)
        self._engine.ready(environment)
        environment = {**with_commands(environment), "ENGINE": self._engine.name}
        try:
            return engines.to_its_end([*words], self._place.folder, environment)
        except OSError as failed:
            raise ProjectError(f"{words[0]} cannot be run: {failed.strerror}") from None
        finally:
            self._leave()

    def _deployment(self) -> dict[str, Any]:
        return states.deployment(self._place, self._engine.name)

    def _prepare(self) -> tuple[Emulator, dict[str, str]]:
        plugins = [(cloud.module, plugin.choose(cloud, self._place)) for cloud in self._place.clouds]
        for module, found in plugins:
            self._say(f"plugin for {module}: {found}")
        serving, self._started = emulator.start(self._place.sandbox, cleared())
        self._say(f"emulator: {serving.endpoint}, {'started' if self._started else 'running already'}")
        environment = sandboxed(serving, self._place.regions)
        for _, found in plugins:
            environment = found.on_path(environment)
        return serving, environment

    def _count(self, operation: str, made: list[dict[str, Any]]) -> None:
        unchanged = operation == "up" and not any(call["write"] for call in made)
        self._say(f"{'no changes' if unchanged else f'{operation} done'} ({meanwhile(made)})", style="green")

    def _tables(self, serving: Emulator, environment: Mapping[str, str]) -> None:
        deployment = self._deployment()
        if not resources(deployment):
            self._say(f"stack {self._place.stack}: nothing is deployed; deploy it with `up`")
            return
        found = look(serving, self._place.regions, deployment)
        self._screen.inventory(found)
        others = [account for item in resources(deployment) if (account := account_of(item))]
        if others:
            count = "1 resource is" if len(others) == 1 else f"{len(others)} resources are"
            self._say(f"{count} in other accounts and not shown: {some(set(others))}", style="yellow")
        amiss = [one for each in found for one in proof.at_a_glance(each)]
        seen = self._ask(serving, environment, found)
        self._screen.seen(seen)
        faults = [f"the proof failed: {proof.told(seen)}"] if any(item.faults for item in seen) else []
        if amiss:
            faults.append(
                f"the cloud is not as the stack's state says: {proof.told(amiss)}. What others changed: "
                f"instance-role drift --stack {self._place.stack}. To put it right: refresh, then up"
            )
        if faults:
            raise ProjectError("\n".join(faults))
        if seen:
            holders = _holders(found)
            whose = "" if len(seen) == len(holders) else f" for the {len(seen)} of {len(holders)} instances asked"
            self._say(f"proved{whose}: {_PROVED}; {proof.tried(seen)}", style="green")

    def _ask(self, serving: Emulator, environment: Mapping[str, str], found: Sequence[Inventory]) -> list[Seen]:
        """What the instances that are asked see from inside, each step said."""
        holders = _holders(found)
        chosen = asked(found, self._prove)
        total = sum(len(items) for _, items in chosen)
        if not holders and not any(item.role or item.declared for one in found for item in one.instances):
            self._say("no instance of the stack holds a role: there is nothing to prove from inside")
        elif holders and not total:
            self._say(f"{len(holders)} instances hold a role; none of them is asked from inside (--prove none)")
        elif holders:
            roles = len({(one.cloud.name, item.role) for one, items in chosen for item in items})
            part = f" of {len(holders)}" if total < len(holders) else ""
            rest = f" ({roles} of {len(set(holders))} roles; --prove all asks every one)" if part else ""
            self._say(f"asking {total}{part} instances from inside{rest}, with the official credentials client ...")
        seen: list[Seen] = []
        for one, items in chosen:
            state = self._place.sandbox / "emulator"
            for answer in proof.prove(serving, state, self._place.regions, one, items, environment):
                seen.append(answer)
                if len(seen) % _A_STEP == 0 and len(seen) < total:
                    self._say(f"  {len(seen)} of {total} asked")
        return seen

    def _check_gone(self, serving: Emulator, before: Mapping[str, Any]) -> None:
        """Of what the stack had, the emulator holds only what a destroy leaves; that is told with the reason."""
        held = set(_names(serving.control.state()))
        there = {str(item["id"]): why_it_stays(item) for item in resources(before) if str(item["id"]) in held}
        left = sorted(name for name, why in there.items() if why is None)
        if left:
            raise ProjectError(f"destroyed, but the emulator still holds {some(left)}; run destroy again")
        for why in sorted({why for why in there.values() if why}):
            self._say(f"left as it is ({why}): {some(name for name, each in there.items() if each == why)}")
        more = "nothing else" if there else "nothing"
        self._say(f"checked: the emulator holds {more} of stack {self._place.stack}", style="green")

    def _leave(self) -> None:
        """Stop an emulator that was started for a command alone, if that is still there and nobody is at work."""
        serving = emulator.find(self._place.sandbox) if self._started else None
        if serving is not None:
            with suppress(ProjectError), self._place.hold("run"):
                self._wind_down(serving)

    def _wind_down(self, serving: Emulator) -> None:
        """Stop the emulator when no stack of this project is deployed any more."""
        if states.deployed(self._place):
            return
        strays = sorted(set(_names(serving.control.state())))
        if strays:
            # Made by hand, or by a run that was killed before its engine had noted it.
            self._say(f"the emulator stays up: it holds what no stack has: {some(strays)}", style="yellow")
        elif emulator.stop(self._place.sandbox):
            self._say("emulator: stopped, no stack needs it")


def meanwhile(made: Sequence[Mapping[str, Any]]) -> str:
    """How many calls the sandbox had while an operation ran.

    The emulator cannot tell who made them: a command beside the operation has the same keys, and a real plugin adds no
    mark of ours to its calls. So the figure is not said to be the operation's own.
    """
    writing = sum(bool(call["write"]) for call in made)
    accounts = len({call["account"] for call in made} - {""})
    where = f", in {accounts} accounts" if accounts > 1 else ""
    calls = "1 call" if len(made) == 1 else f"{len(made)} calls"
    return f"{calls} reached the sandbox meanwhile, {writing} of them writing{where}"


def _names(state: Mapping[str, Any]) -> Iterable[str]:
    """Ids and names of everything the account holds, in every cloud."""
    for cloud in CLOUDS:
        yield from cloud.owned(state)


def _holders(found: Iterable[Inventory]) -> list[tuple[str, str | None]]:
    """Cloud and role of each instance that holds a role that is there."""
    return [(one.cloud.name, item.role) for one in found for item in one.instances if one.role(item.role)]
