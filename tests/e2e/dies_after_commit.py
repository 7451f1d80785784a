"""`crm serve` that dies by SIGKILL between the commit of the next save and its answer, once the file named exists.

python -m tests.e2e.dies_after_commit KIND FLAG
"""

import os
import signal
import sys
from pathlib import Path

from crm_app import cli
from crm_app.core import changes
from crm_app.core.changes import Change


def main() -> None:
    """Listeners run after the commit, in the writer's thread, before the handler hears of it."""
    kind, flag = sys.argv[1], Path(sys.argv[2])

    def die(batch: tuple[Change, ...]) -> None:
        if flag.exists() and any(change.kind == kind for change in batch):
            flag.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    changes.listen(die)
    sys.argv = ["crm", "serve"]
    cli.main()


if __name__ == "__main__":
    main()
