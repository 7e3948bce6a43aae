"""Runs a Pulumi program, in the program's own Python: what the CLI's launcher does, which no wheel ships.

Started as a file, not as a module: that Python may not have this package. It needs the pulumi package only.
Exit codes: 0 done; 32 failed and the engine has been told why; 1 a RunError, told as well; else the program's own.
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib.util import cache_from_source
from pathlib import Path

TOLD = 32


def _user_traceback(entry: str) -> str:
    """The traceback from the program's first frame on."""
    path = Path(entry)
    wanted = os.path.realpath(path / "__main__.py" if path.is_dir() else path)
    frames = traceback.extract_tb(sys.exc_info()[2])
    for i, frame in enumerate(frames):
        if os.path.realpath(frame.filename) == wanted:
            return traceback.format_exc(limit=-(len(frames) - i))
    return traceback.format_exc()


def _run(entry: str) -> None:
    if Path(entry).is_dir():
        # Python takes a program that was edited within a second, to the same length, for the one that it has compiled.
        Path(cache_from_source(str(Path(entry, "__main__.py")))).unlink(missing_ok=True)
    else:
        sys.path.insert(0, str(Path(entry).resolve().parent))  # a folder's program gets this from runpy
    runpy.run_path(entry, run_name="__main__")


def main() -> int:
    """Run the program that the one argument (JSON) describes."""
    del sys.path[0]  # this file's folder: its neighbours are none of the program's modules
    task = json.loads(sys.argv[1])
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        sys.stderr.write(f"{sys.executable} lacks the pulumi package ({error}); install it there\n")
        return 1
    runtime = pulumi.runtime
    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    runtime.configure(runtime.Settings(**task["settings"]))
    entry = task["entry"]
    sys.argv = [entry]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # every registration holds a thread until its step is over
    executor = ThreadPoolExecutor(max_workers=4 * max(task["settings"]["parallel"], 1))
    loop.set_default_executor(executor)
    # a failed run leaves futures that nobody asks for; what matters is reported below
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(runtime.run_in_stack(lambda: _run(entry)))
        return 0
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 - whatever the program raised is told and ends it
        pulumi.log.error("Program failed with an unhandled exception:\n" + _user_traceback(entry))
        return TOLD
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
