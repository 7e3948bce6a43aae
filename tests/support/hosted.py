"""Runs a program under the settings of :mod:`tests.support.program`'s engine: a language host's part, and no more."""

import asyncio
import json
import runpy
import sys

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack
from pulumi.runtime.config import set_all_config


def _main() -> None:
    given = json.loads(sys.argv[1])
    program = sys.argv[2]
    set_all_config(given["config"])
    configure(
        Settings(
            monitor=given["address"],
            engine=given["address"],
            project="proj",
            stack="dev",
            parallel=16,
            dry_run=given["dry_run"],
            organization=given["organization"],
        )
    )

    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(run))
    except pulumi.RunError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    _main()
