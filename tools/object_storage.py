"""An object storage (S3) of one's own, for tests and drills: SeaweedFS, which checks its keys; gone once stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from socle.lib.ports import free_ports

WEED = Path(sys.executable).parent / "weed"
KEY_ID, SECRET = "notre-cle", "notre-secret"


@dataclass
class ObjectStorage:
    """One server; `endpoint` says where it answers. `before` is put before its command (another network, say)."""

    directory: Path
    host: str = "127.0.0.1"
    before: Sequence[str] = ()
    # Of 64 MB each; seven are its own, the others are the buckets’.
    volumes: int = 8
    ports: list[int] = field(default_factory=lambda: free_ports(8))
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.ports[6]}"

    @property
    def access(self) -> dict[str, str]:
        """What the platform's settings hand to its storages."""
        return {
            "endpoint_url": self.endpoint, "access_key": KEY_ID, "secret_key": SECRET, "region_name": "us-east-1",
        }  # fmt: skip

    def start(self, *, seconds: float = 60) -> ObjectStorage:
        self.directory.mkdir(parents=True, exist_ok=True)
        identity = {
            "name": "socle",
            "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        (self.directory / "keys.json").write_text(json.dumps({"identities": [identity]}))
        taken = iter(self.ports)
        line = [*self.before, str(WEED), "server", f"-ip={self.host}", f"-ip.bind={self.host}"]
        line += [f"-dir={self.directory}", "-master.telemetry=false"]
        for name in ("master", "volume", "filer", "s3"):
            line += [f"-{name}.port={next(taken)}", f"-{name}.port.grpc={next(taken)}"]
        line += ["-filer", f"-filer.localSocket={self.directory}/filer.sock", "-s3", "-s3.port.iceberg=0"]
        line += ["-s3.port.lance=0", f"-s3.config={self.directory}/keys.json", "-s3.iam=false"]
        line += ["-master.volumeSizeLimitMB=64", f"-volume.max={self.volumes}"]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(line, stdout=log, stderr=log, cwd=self.directory)
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the storage did not start: {(self.directory / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        return self

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.ports[6], timeout=3)
        try:
            connection.request("HEAD", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        # Asked politely, it waits for its connections to end.
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for port in self.ports:
            for left in Path("/tmp").glob(f"seaweedfs-*{port}*.sock"):
                with contextlib.suppress(OSError):
                    left.unlink()
