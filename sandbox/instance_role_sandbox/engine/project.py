"""A project's two files: Pulumi.yaml and Pulumi.<stack>.yaml.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/ and .../stack-settings-file/. Read: name, runtime and
its options, main; config and encryptionsalt. Config values: text, numbers, booleans, ``secure:`` (encrypted text),
and objects or lists, which become JSON text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from instance_role_sandbox.engine.crypto import Crypter
from instance_role_sandbox.engine.errors import EngineError, Unsupported
from instance_role_sandbox.engine.values import Properties, Secret

STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
PROJECT_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")  # as the CLI has it; it becomes the name of a folder


@dataclass(frozen=True)
class Project:
    """A folder with a program."""

    folder: Path
    name: str
    main: str = "."
    options: Mapping[str, Any] = field(default_factory=dict)  # of the runtime

    @property
    def program_folder(self) -> Path:
        """Where the program runs."""
        entry = self.folder / self.main
        return entry if entry.is_dir() else entry.parent

    @property
    def entry(self) -> str:
        """What to run there."""
        entry = self.folder / self.main
        return "." if entry.is_dir() else entry.name

    def python(self, environ: Mapping[str, str]) -> str:
        """The Python for program and dynamic providers: the project's virtualenv, PULUMI_PYTHON_CMD, else this one."""
        virtualenv = self.options.get("virtualenv")
        if virtualenv:
            # Relative to Pulumi.yaml. Its launcher's name differs on Windows; this engine runs on POSIX only.
            python = self.folder / str(virtualenv) / "bin" / "python"
            if not python.exists():
                raise EngineError(
                    f"{self.folder / 'Pulumi.yaml'}: runtime.options.virtualenv is {str(virtualenv)!r}, "
                    f"and there is no {python}; make it, or take the option out"
                )
            return str(python)
        toolchain = self.options.get("toolchain", "pip")
        if toolchain not in ("pip", "uv"):
            raise Unsupported(f"runtime option toolchain: {toolchain}")
        if toolchain == "uv" and (self.folder / ".venv/bin/python").exists():
            return str(self.folder / ".venv/bin/python")
        return environ.get("PULUMI_PYTHON_CMD") or sys.executable

    def runtime_environ(self) -> dict[str, str]:
        """The runtime's options as the provider host expects them in its environment."""
        found = {f"PULUMI_RUNTIME_{key.upper()}": str(value) for key, value in self.options.items()}
        return {**found, "PULUMI_PROJECT": self.name, "PULUMI_CONFIG": "{}"}


@dataclass(frozen=True)
class StackConfig:
    """The settings of one stack. Values are text; secret ones are encrypted until they are asked for."""

    path: Path
    values: Mapping[str, str] = field(default_factory=dict)  # "ns:key" -> text, or cipher text
    secret_keys: frozenset[str] = frozenset()
    salt: str | None = None

    def plain(self, crypter: Crypter) -> dict[str, str]:
        """All values in the open."""
        return {
            key: crypter.decrypt(value, f"{self.path.name}: {key}") if key in self.secret_keys else value
            for key, value in self.values.items()
        }

    def properties(self, crypter: Crypter) -> Properties:
        """All values as properties, the secret ones marked."""
        plain = self.plain(crypter)
        return {key: Secret(value) if key in self.secret_keys else value for key, value in plain.items()}


def load_project(folder: Path) -> Project:
    """The project of a folder. EngineError says what is missing or wrong."""
    path = next((p for p in (folder / "Pulumi.yaml", folder / "Pulumi.yml") if p.exists()), None)
    if path is None:
        raise EngineError(f"no Pulumi.yaml in {folder}; name the project's folder with --cwd")
    content = _yaml(path)
    name = content.get("name")
    if not isinstance(name, str) or not name:
        raise EngineError(f"{path}: 'name' is missing")
    if not PROJECT_NAME.fullmatch(name):
        raise EngineError(f"{path}: {name!r} is not a project name: letters, digits, '_', '.' and '-', 100 at most")
    for key in ("config", "stackConfigDir"):
        if content.get(key):  # what it sets would be missing, and nothing would say so
            raise Unsupported(f"{key} in {path.name} (settings are read from Pulumi.<stack>.yaml beside it)")
    runtime = content.get("runtime")
    options: dict[str, Any] = {}
    if isinstance(runtime, dict):
        options = dict(runtime.get("options") or {})
        runtime = runtime.get("name")
    if runtime is None:
        raise EngineError(f"{path}: 'runtime' is missing; write: runtime: python")
    if runtime != "python":
        raise EngineError(f"{path}: runtime is {runtime!r}; the embedded engine runs Python programs only")
    main = str(content.get("main") or ".")
    project = Project(folder, name, main, options)
    if not (folder / main).exists() or (project.entry == "." and not (folder / main / "__main__.py").exists()):
        missing = folder / main / "__main__.py" if main == "." else folder / main
        raise EngineError(f"{path}: there is no program {missing}")
    return project


def no_such_stack(name: str, settings: Path, there: Iterable[str]) -> str:
    """What to say of a stack that has neither ``settings`` nor a state, where there are others: it is misspelled."""
    return (
        f"there is no stack {name} here; stacks here: {', '.join(sorted(there))}. "
        f"For a new one, write {settings.name} first: `config: {{}}` is enough"
    )


def stacks_of(folder: Path) -> list[str]:
    """The names of the stacks that have settings in a folder."""
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.*.yaml"))


def load_stack(project: Project, stack: str) -> StackConfig:
    """The settings of a stack; none when it has no file."""
    if not STACK_NAME.fullmatch(stack):
        raise EngineError(f"{stack!r} is not a stack name: letters, digits, '_', '.' and '-', 100 at most")
    path = project.folder / f"Pulumi.{stack}.yaml"
    if not path.exists():
        return StackConfig(path)
    content = _yaml(path, empty=True)
    if content.get("secretsprovider") not in (None, "passphrase"):
        raise Unsupported(f"secrets provider {content['secretsprovider']!r} ({path.name})")
    values: dict[str, str] = {}
    secret_keys = set()
    config = content.get("config") or {}
    if not isinstance(config, dict):
        raise EngineError(f"{path}: 'config' is not a map")
    for key, value in config.items():
        full = key if ":" in str(key) else f"{project.name}:{key}"
        if isinstance(value, dict) and set(value) == {"secure"}:
            secret_keys.add(full)
            value = value["secure"]
        elif "secure" in _keys(value):
            raise Unsupported(f"a secret inside a structured config value ({path.name}: {key})")
        values[full] = _text(value)
    return StackConfig(path, values, frozenset(secret_keys), content.get("encryptionsalt"))


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(k) for k in value}.union(*(_keys(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, separators=(",", ":"))


def _yaml(path: Path, *, empty: bool = False) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"cannot read {path}: {error}") from None
    except yaml.YAMLError as error:
        raise EngineError(f"{path}: {' '.join(str(error).split())}") from None
    if content is None and empty:  # as the CLI takes it
        return {}
    if not isinstance(content, dict):
        raise EngineError(f"{path} is not a map")
    return content
