"""Make `export.xml` again, by a real WordPress: `python -m tests.site_import.wordpress.make`.

Needs Debian's packages `wordpress`, `php-cli`, `php-gd`, `php-mysql` and `mariadb-server`. Everything is in a temporary
folder, the database included, and goes with it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.bench import wordpress
from tools.installation import executable

HERE = Path(__file__).parent


def make() -> None:
    """Write the export beside this file."""
    with tempfile.TemporaryDirectory(prefix="socle-wordpress-") as folder:
        where = Path(folder)
        where.chmod(0o755)
        root = where / "root"
        shutil.copytree(
            wordpress.SOURCE, root, ignore=shutil.ignore_patterns("wp-config.php"), ignore_dangling_symlinks=True
        )
        with wordpress.mariadb(where) as socket:
            statement = ["-e", "CREATE DATABASE wordpress CHARACTER SET utf8mb4"]
            subprocess.run(["mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", *statement], check=True)
            (root / "wp-config.php").write_text(
                wordpress.CONFIGURATION
                % {"socket": socket, "where": where, "root": root, "domain": "vieux-bourg.invalid"}
            )
            (where / "settings.json").write_text(json.dumps({"root": str(root), "export": str(HERE / "export.xml")}))
            for part in ("install", "write"):
                line = [executable("php"), "-d", "memory_limit=512M", "-d", "display_errors=stderr"]
                subprocess.run([*line, str(HERE / "write.php"), str(where / "settings.json"), part], check=True)


if __name__ == "__main__":
    make()
