"""A running emulator, found and asked, for the commands that steer it. Every error is one line with a remedy."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from . import ready

_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True)
class Target:
    """A running emulator: HOST:PORT, and the secret of its control API ("" where it could not be found)."""

    endpoint: str
    secret: str = field(repr=False)


def find(endpoint: str | None, folder: Path | None) -> Target:
    """The emulator that is named, else that of INSTANCE_ROLE_ENDPOINT, else the one under ./.sandbox.

    The secret lies in its state folder: the one that is named, or one under ./.sandbox whose emulator has the endpoint.
    """
    if endpoint is None and folder is None:
        endpoint = os.environ.get("INSTANCE_ROLE_ENDPOINT")
    if endpoint is None or folder is not None:
        found = _read(_ready_file(folder))
        return Target(_bare(endpoint or str(found["endpoint"])), ready.control_secret(found))
    for place in _places(None):
        with suppress(OSError, ValueError):  # one that is not there, or of somebody else
            found = ready.read(place)
            if found["endpoint"] == _bare(endpoint):
                return Target(_bare(endpoint), ready.control_secret(found))
    return Target(_bare(endpoint), "")


def ask(target: Target, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call to the control API of an emulator."""
    request = urllib.request.Request(  # http, to the endpoint the caller named
        f"http://{target.endpoint}/_sandbox/{path}",
        data=None if data is None else json.dumps(data).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {target.secret}"},
        method=method,
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise click.ClickException(_reason(target, error)) from error
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"no sandbox answers at {target.endpoint} ({error}); start it, or name its state folder by --state"
        ) from error


def _bare(endpoint: str) -> str:
    return endpoint.split("://")[-1].rstrip("/")


def _places(folder: Path | None) -> list[Path]:
    here = Path(".sandbox")
    return [folder / ready.FILE] if folder else [here / ready.FILE, *here.glob(f"*/{ready.FILE}")]


def _read(ready_file: Path) -> dict[str, Any]:
    try:
        return ready.read(ready_file)
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"{ready_file}: not readable ({error}); name the emulator's state folder by --state"
        ) from error


def _ready_file(folder: Path | None) -> Path:
    found = [place for place in _places(folder) if place.exists()]
    if len(found) != 1:
        where = f"in {folder}" if folder else "in ./.sandbox"
        state = "no sandbox is" if not found else "several sandboxes are"
        raise click.ClickException(
            f"{state} running {where}: start one (`instance-role sandbox serve --state DIR`) "
            "or name its state folder by --state"
        )
    return found[0]


def _reason(target: Target, error: urllib.error.HTTPError) -> str:
    if error.code == 401:
        return (
            f"the sandbox at {target.endpoint} wants the secret that lies in its state folder; "
            "name that folder by --state"
        )
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError):
        return f"the sandbox answered {error.code}"
