"""A Debian under a folder, its own systemd as the first process of namespaces of its own.

What it may not touch of this machine: the kernel's variables and devices are read only, its groups of processes are
under a group of their own, its mounts are its own. The network is this machine's. Needs root and a kernel whose second
version of control groups is mounted, alone or beside the first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from tools.installation import wait_for

# Where the second version of control groups is, alone or beside the first.
GROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
DEVICES = "null zero full random urandom tty fuse"
BOOT = f"""
set -e
cd "$0"
mount --make-rprivate /
mount --bind . .
cd "$0"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in {DEVICES}; do
  if [ -e /dev/$device ]; then touch dev/$device; mount --bind /dev/$device dev/$device; fi
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
hostname bare
mkdir -p former
pivot_root . former
umount -l /former
# As systemd finds its root on a machine: what it mounts for a service, its credentials, reaches that service.
mount --make-rshared /
exec env -i container=drill PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no
"""


class Unable(Exception):
    """Why systemd does not run here."""


class System:
    """The running system; `inside` makes a command run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        group = next((place for place in GROUPS if (place / "cgroup.procs").exists()), None)
        if group is None:
            raise Unable("no second version of control groups is mounted")
        self.group = group / root.name
        self.keeper: subprocess.Popen[bytes] | None = None
        self.first = 0

    @property
    def inside(self) -> list[str]:
        spaces = ("--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd")
        return ["nsenter", f"--target={self.first}", *spaces, "--"]

    def start(self) -> System:
        try:
            self.group.mkdir()
        except OSError as error:
            raise Unable(f"no control group of its own: {error}") from error
        enter = f'echo $$ > {self.group}/cgroup.procs; exec "$@"'
        spaces = ("--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child")
        line = ["sh", "-c", enter, "sh", "unshare", *spaces, "sh", "-c", BOOT, str(self.root)]
        with (self.root / "boot.log").open("wb") as log:
            self.keeper = subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(self._has_begun, seconds=30, what="systemd")
            wait_for(self._is_ready, seconds=120, what="systemd at work")
        except (TimeoutError, RuntimeError) as error:
            said = (self.root / "boot.log").read_text(errors="replace")[-500:]
            self.stop()
            raise Unable(f"{error} {said}") from error
        return self

    def _has_begun(self) -> bool:
        assert self.keeper is not None
        if self.keeper.poll() is not None:
            raise RuntimeError("its namespaces were refused.")
        with contextlib.suppress(OSError, IndexError, ValueError):
            children = Path(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children").read_text().split()
            self.first = int(children[0])
            return Path(f"/proc/{self.first}/comm").read_text().strip() == "systemd"
        return False

    def _is_ready(self) -> bool:
        said = subprocess.run([*self.inside, "systemctl", "is-system-running"], capture_output=True, text=True).stdout
        return said.strip() in ("running", "degraded")

    def stop(self) -> None:
        """End it at once: the kernel ends all that it had started with its first process."""
        if self.first:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.first, signal.SIGKILL)
        if self.keeper is not None:
            self.keeper.kill()
            self.keeper.wait()
        for _ in range(20):
            folders = sorted(self.group.rglob("*/"), key=lambda path: -len(path.parts))
            with contextlib.suppress(OSError):
                for folder in [*folders, self.group]:
                    folder.rmdir()
                return
            time.sleep(0.2)
