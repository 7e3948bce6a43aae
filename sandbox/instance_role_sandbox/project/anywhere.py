"""The sandbox of any folder, with or without a Pulumi project in it: commands run in it, and instances made in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from instance_role_sandbox.emulator.alibaba.regions import REGIONS as ALIBABA_REGIONS
from instance_role_sandbox.emulator.tencent.regions import REGIONS as TENCENT_REGIONS
from instance_role_sandbox.project import emulator, engines
from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.environment import cleared, sandboxed
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import Place

_REGIONS: Mapping[str, Collection[str]] = {"alibaba": ALIBABA_REGIONS, "tencent": TENCENT_REGIONS}


def run(folder: Path, words: Sequence[str]) -> int:
    """Run a command with the folder's emulator, and with its keys in place of the caller's; its exit code.

    An emulator that was started for the command, and that holds nothing after it, is stopped again.
    """
    place = Place(folder.resolve(), "", "", {})
    must_be_there(words[0], place.folder)
    serving, started = emulator.start(place.sandbox, cleared())
    environment = with_commands(sandboxed(serving, {}))
    try:
        return engines.to_its_end([*words], place.folder, environment)
    except OSError as failed:
        raise ProjectError(f"{words[0]} cannot be run: {failed.strerror}") from None
    finally:
        if started:
            with suppress(ProjectError), place.hold("run"):
                _stop_if_empty(place)


def seed(folder: Path, cloud_name: str, region: str | None, names: Sequence[str]) -> list[str]:
    """Make a running instance of each name in the folder's emulator; the ids."""
    (cloud,) = (one for one in CLOUDS if one.name == cloud_name)
    if region and region not in _REGIONS[cloud.name]:
        raise ProjectError(f"--region {region}: in the sandbox {cloud.title} has {', '.join(_REGIONS[cloud.name])}")
    place = Place(folder.resolve(), "", "", {})
    serving, _ = emulator.start(place.sandbox, cleared())
    account = serving.accounts[cloud.name]
    return cloud.make(serving.endpoint, account, region or account.region).instances(names)


def with_commands(environment: dict[str, str]) -> dict[str, str]:
    """The environment with this installation's commands first on its PATH."""
    here = Path(sys.executable).parent
    return {**environment, "PATH": f"{here}{os.pathsep}{environment.get('PATH', os.defpath)}"}


def must_be_there(command: str, folder: Path) -> None:
    """Refuse a command that does not exist before anything is started for it. A path is taken from ``folder``."""
    found = folder / command if "/" in command else shutil.which(command, path=with_commands(dict(os.environ))["PATH"])
    if found is None or not os.access(found, os.X_OK):
        raise ProjectError(f"{command} cannot be run: there is no such command here")


def _stop_if_empty(place: Place) -> None:
    serving = emulator.find(place.sandbox)
    if serving is None:
        return
    state = serving.control.state()
    if not any(True for cloud in CLOUDS for _ in cloud.owned(state)):
        emulator.stop(place.sandbox)
