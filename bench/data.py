"""Databases of a size, made once by `crm demo` and kept in `bench/work/` until the schema or the generator changes."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = Path(__file__).parent / "work"
PASSWORD = "Bench-only-2026-pw"  # noqa: S105 - of made-up accounts on a made-up database.
SEED = 7


@dataclass(frozen=True, slots=True)
class Data:
    """A data folder; `seconds` is what making it took."""

    folder: Path
    customers: int
    follow_ups: int
    seconds: float


def prepare(customers: int, follow_ups: int) -> Data:
    """The kept data folder of that size and of today's code, made if it is not there."""
    folder = WORK / f"{customers}-{follow_ups}-{_fingerprint()}"
    if not (folder / "seconds").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Making {customers:,} customers and {follow_ups:,} follow-ups …", flush=True)
        _make(folder, customers, follow_ups)
    return Data(folder, customers, follow_ups, float((folder / "seconds").read_text()))


def copy(data: Data) -> Path:
    """A copy that may be written to."""
    target = WORK / "run"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data.folder, target)
    return target


def _make(folder: Path, customers: int, follow_ups: int) -> None:
    env = os.environ | {"CRM_DATA_DIR": str(folder), "CRM_DEMO_PASSWORD": PASSWORD, "CRM_DATABASE_URL": ""}
    size = ["--customers", str(customers), "--follow-ups", str(follow_ups), "--seed", str(SEED)]
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "crm_app.cli", "demo", *size], cwd=ROOT, env=env, check=True)
    (folder / "seconds").write_text(f"{time.monotonic() - began:.1f}")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    sources = [*(ROOT / "alembic/versions").glob("*.py"), *(ROOT / "crm_app/admin/demo").glob("*.*")]
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
