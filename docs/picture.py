"""Draw docs/review.png anew: the page of a real review, as a browser shows it.

    python docs/picture.py [PREVIEW.json] [PICTURE.png]

Needs the extra ``dev`` and Debian's chromium. The preview is one of the example stack on Alibaba Cloud, recorded with
the Pulumi engine of the sandbox: a role gets a full-access policy, another one more action, an instance swaps roles.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PREVIEW = HERE.parent / "tests" / "unit" / "review" / "previews" / "alibaba-change.json"
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1280, "height": 1053}  # CSS pixels: down to the end of the first finding


def main(preview: Path = PREVIEW, picture: Path = HERE / "review.png") -> None:
    """Write ``picture``: the top of the page that ``preview`` gives."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "review.html"
        command = [sys.executable, "-m", "pulumi_instance_role.cli", "review", str(preview)]
        done = subprocess.run([*command, "--format", "html", "--output", str(page)], check=False)
        if done.returncode not in (0, 2):
            sys.exit(done.returncode)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM)
            tab = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
            tab.goto(page.as_uri())
            tab.screenshot(path=picture)
            browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
