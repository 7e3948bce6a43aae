"""A project's folder: its name, the stack's configuration, and where the sandbox keeps its things."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from instance_role_sandbox.emulator.private import open_to_append
from instance_role_sandbox.engine.project import no_such_stack, stacks_of
from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.errors import ProjectError

_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_PROJECT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")  # as the CLI has it; it becomes the name of a folder


@dataclass(frozen=True)
class Place:
    """A project's folder and one of its stacks."""

    folder: Path
    project: str
    stack: str
    regions: Mapping[str, str]  # by cloud: those that the stack's settings say
    clouds: tuple[Cloud, ...] = CLOUDS  # those that its settings speak of; all where they speak of none
    settings: Mapping[str, Any] = field(default_factory=dict)  # the project's own: Pulumi.yaml

    @property
    def sandbox(self) -> Path:
        """Where everything the sandbox keeps for this project lies."""
        return self.folder / ".sandbox"

    @property
    def stack_file(self) -> Path:
        """The stack's settings; need not exist."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def plugin_path(self, name: str) -> Path | None:
        """The folder that the project's own settings name for a plugin; ``None`` where they name none."""
        plugins = self.settings.get("plugins")
        providers = plugins.get("providers") if isinstance(plugins, dict) else None
        for one in providers if isinstance(providers, list) else ():
            if isinstance(one, dict) and one.get("name") == name and one.get("path"):
                return self.folder / str(one["path"])
        return None

    @contextmanager
    def hold(self, operation: str) -> Iterator[None]:
        """Keep other operations on this project out for a while. The lock goes with the process, however it ends."""
        self.sandbox.mkdir(mode=0o700, exist_ok=True)
        with open_to_append(self.sandbox / "lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise ProjectError(
                    f"another command is at work in {self.sandbox} ({file.read().strip() or 'unknown'}); "
                    "wait until it has ended"
                ) from None
            file.seek(0)
            file.truncate()
            file.write(f"{operation} of stack {self.stack}, process {os.getpid()}")
            file.flush()
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()


def find_place(folder: Path, stack: str) -> Place:
    """The project in ``folder``. ProjectError when there is none, or when its stack would leave the sandbox."""
    if not _STACK.fullmatch(stack):
        raise ProjectError(f"--stack {stack!r}: a stack's name has letters, digits, '_', '.' and '-', 100 at most")
    folder = folder.resolve()
    file = next((path for path in (folder / "Pulumi.yaml", folder / "Pulumi.yml") if path.exists()), None)
    if file is None:
        raise ProjectError(f"no Pulumi.yaml in {folder}: name the project's folder with --cwd")
    settings = _yaml(file)
    name = settings.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"{file}: 'name' is missing")
    if not _PROJECT.fullmatch(name):
        raise ProjectError(f"{file}: {name!r} is not a project name: letters, digits, '_', '.' and '-', 100 at most")
    place = Place(folder, name, stack, {})
    _must_be_meant(place)
    config = (_yaml(place.stack_file, empty=True).get("config") if place.stack_file.exists() else None) or {}
    if not isinstance(config, dict):
        raise ProjectError(f"{place.stack_file}: 'config' is not a map")
    everywhere = settings.get("config") or {}  # of every stack of the project
    for key in (f"{cloud.namespace}:{name}" for cloud in CLOUDS for name in cloud.leads_out):
        source = place.stack_file if key in config else file if key in everywhere else None
        if source is not None:
            raise ProjectError(
                f"{source.name} sets {key}, which leads out of the sandbox; "
                "leave it to the environment, or use another stack here"
            )
    regions = {cloud.name: str(config.get(f"{cloud.namespace}:region") or "") for cloud in CLOUDS}
    spoken = tuple(cloud for cloud in CLOUDS if _speaks_of(cloud, config))
    return Place(folder, name, stack, {cloud: one for cloud, one in regions.items() if one}, spoken or CLOUDS, settings)


def _must_be_meant(place: Place) -> None:
    """Refuse a stack that has neither settings nor a state where others have any: its name is misspelled."""
    deployed = {file.stem for file in place.sandbox.glob(f"**/{place.project}/*.json")}
    there = {*stacks_of(place.folder), *deployed}
    if there and place.stack not in there:
        raise ProjectError(no_such_stack(place.stack, place.stack_file, there))


def _speaks_of(cloud: Cloud, config: Mapping[str, Any]) -> bool:
    named = config.get("instance-role:cloud") == cloud.name
    return named or any(str(key).startswith(f"{cloud.namespace}:") for key in config)


def _yaml(path: Path, *, empty: bool = False) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read {path}: {error}") from None
    except yaml.YAMLError as error:
        raise ProjectError(f"{path}: {' '.join(str(error).split())}") from None
    if content is None and empty:
        return {}
    if not isinstance(content, dict):
        raise ProjectError(f"{path} is not a map")
    return content
