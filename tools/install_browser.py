"""Find a Chromium for the browser tests, or install one, and print its path.

The order: CRM_CHROMIUM, one that is on the machine, one that Playwright has installed before; then an installation,
by apt-get where that is possible (as root on Debian and its kin), by Playwright elsewhere.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

LAUNCH_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # As root, which containers and CI machines run as, Chromium starts only without its sandbox.
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]


def find() -> str | None:
    """Return the path of a Chromium that starts, or None."""
    found = [os.environ.get("CRM_CHROMIUM"), *(shutil.which(name) for name in NAMES), *PLACES, playwrights_own()]
    return next((path for path in found if path and Path(path).exists() and starts(path)), None)


def playwrights_own() -> str:
    """Return where Playwright keeps its Chromium, whether or not it is there."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path: str) -> bool:
    """Tell whether this is a browser that runs here, and not, say, a stub that asks for a snap package."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Install a Chromium; what the installers say goes to stderr, because stdout is for the path."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install_package = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        for command in (["apt-get", "update"], install_package):
            subprocess.run(command, stdout=sys.stderr, env=environment, check=False)
        if find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)


def main() -> int:
    """Print the path; 1 if there is no browser and none can be installed."""
    path = find()
    if path is None:
        install()
        path = find()
    if path is None:
        print("The browser tests need Chromium, and none can be installed: set CRM_CHROMIUM to one.", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
