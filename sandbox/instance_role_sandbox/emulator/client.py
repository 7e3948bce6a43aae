"""A running emulator, found and asked, for the commands that steer it. Every error is one line with a remedy."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from . import ready

_TIMEOUT = 10.0  # seconds


def find(endpoint: str | None, folder: Path | None) -> str:
    """HOST:PORT of the emulator that is named, else of INSTANCE_ROLE_ENDPOINT, else of the one under ./.sandbox."""
    if endpoint is None and folder is None:
        endpoint = os.environ.get("INSTANCE_ROLE_ENDPOINT")
    if endpoint is not None:
        return endpoint.split("://")[-1].rstrip("/")
    ready_file = _ready_file(folder)
    try:
        found = ready.read(ready_file)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{ready_file}: not readable ({error}); name the emulator by --endpoint") from error
    return str(found["endpoint"])


def ask(target: str, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call to the control API of the emulator at ``target``."""
    request = urllib.request.Request(  # http, to the endpoint the caller named
        f"http://{target}/_sandbox/{path}",
        data=None if data is None else json.dumps(data).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise click.ClickException(_reason(error)) from error
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"no sandbox answers at {target} ({error}); start it, or name it by --endpoint"
        ) from error


def _ready_file(folder: Path | None) -> Path:
    places = (
        [folder / ready.FILE] if folder else [Path(".sandbox", ready.FILE), *Path(".sandbox").glob(f"*/{ready.FILE}")]
    )
    found = [place for place in places if place.exists()]
    if len(found) != 1:
        where = f"in {folder}" if folder else "in ./.sandbox"
        state = "no sandbox is" if not found else "several sandboxes are"
        raise click.ClickException(
            f"{state} running {where}: start one (`instance-role sandbox serve --state DIR`) or name it by --endpoint"
        )
    return found[0]


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError):
        return f"the sandbox answered {error.code}"
