"""``sandbox exec``: a command that finds itself on an instance.

The child's HTTP proxy is the emulator, with the instance's identity in the proxy's credentials, so unmodified clients
that ask http://100.100.100.200 or http://metadata.tencentyun.com get that instance's metadata service. Of this
environment it gets what it needs to run (:data:`_PASSED`) and what is named, nothing else; the credentials files of the
clouds' tools are out of its sight. Only clients that
honour ``http_proxy`` are reached; anything that opens its own sockets is not. Tencent Cloud's SDK has no variable
for its file ``~/.tencentcloud/credentials``, which its default chain reads before it asks the instance.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from . import client

_PASSED = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH"),
    *("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "JAVA_HOME", "GOROOT", "NODE_PATH"),
}
_PASSED_PREFIXES = ("LC_", "PYTHON")
"""What a command needs to run at all. A list of what is kept out would miss what the clouds' tools learn next."""
# Credentials files of the person at this machine: the default chain looks there before it asks the instance.
_FILES_OUT_OF_SIGHT = {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true", "ALIBABA_CLOUD_CREDENTIALS_FILE": os.devnull}
_REGION_VARIABLES = {
    "alibaba": ("ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION"),
    "tencent": ("TENCENTCLOUD_REGION",),
}
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_CA_BUNDLE")


def run_inside(
    instance_id: str, command: Sequence[str], *, endpoint: str | None, folder: Path | None, named: Sequence[str] = ()
) -> int:
    """Run ``command`` as if on the instance; its exit code, or 128 + n when signal n ended it.

    ``named``: variables of this environment that it gets as well.
    """
    target = client.find(endpoint, folder)
    environment = environment_of(target, instance_id, os.environ, named)
    try:
        child = subprocess.Popen(list(command), env=environment)
    except FileNotFoundError as error:
        raise click.ClickException(f"{command[0]}: command not found") from error
    except OSError as error:
        raise click.ClickException(f"{command[0]}: cannot be run ({error.strerror})") from error
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:  # the child got it too, from the terminal: it decides
            continue


def environment_of(
    target: client.Target, instance_id: str, outside: Mapping[str, str], named: Sequence[str] = ()
) -> dict[str, str]:
    """The environment of a command on the instance. ClickException where the emulator has no such instance."""
    inside = client.ask(target, "POST", "inside", {"instance_id": instance_id})
    return environment_inside(outside, inside, target.endpoint, named)


def environment_inside(
    outside: Mapping[str, str], inside: Mapping[str, Any], endpoint: str, named: Sequence[str] = ()
) -> dict[str, str]:
    """The child's environment: what is passed and what is ``named`` of this one, with the instance's proxy."""
    environment = {
        name: value
        for name, value in outside.items()
        if name in _PASSED or name.startswith(_PASSED_PREFIXES) or name in named
    }
    environment.update(_FILES_OUT_OF_SIGHT)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        environment[name] = str(inside["proxy"])
    environment["INSTANCE_ROLE_ENDPOINT"] = f"http://{endpoint}"
    environment.update(dict.fromkeys(_REGION_VARIABLES[inside["cloud"]], str(inside["region"])))
    environment.update(dict.fromkeys(_CA_VARIABLES, str(inside["ca_file"])))
    return environment
