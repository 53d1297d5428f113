"""A WordPress multisite as full as our own sites, served by php-fpm, with and without a page cache in front.

Debian's own packages, in a copy of their files, a database and processes of their own, gone at the end. The cache is
that of nginx, in front of PHP: what a cache plugin does in PHP, without PHP. Pages are compressed by PHP once, and kept
so. OPcache is on, as Debian ships it; WordPress's own periodic work is off.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle.lib.ports import free_port
from tools.bench.fronts import listens, nginx, read, running
from tools.installation import executable, wait_for
from tools.photographs import photograph

SOURCE = Path("/usr/share/wordpress")
THEMES = ("twentytwentyfive", "twentytwentyfour", "twentytwentythree")
DOMAIN = "mesure.invalid"
CHILDREN = 4

CONFIGURATION = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
$table_prefix = 'wp_';
define('AUTH_KEY', 'mesure'); define('SECURE_AUTH_KEY', 'mesure'); define('LOGGED_IN_KEY', 'mesure');
define('NONCE_KEY', 'mesure'); define('AUTH_SALT', 'mesure'); define('SECURE_AUTH_SALT', 'mesure');
define('LOGGED_IN_SALT', 'mesure'); define('NONCE_SALT', 'mesure');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
if (file_exists('%(where)s/is-multisite')) {
    define('MULTISITE', true); define('SUBDOMAIN_INSTALL', true); define('DOMAIN_CURRENT_SITE', '%(domain)s');
    define('PATH_CURRENT_SITE', '/'); define('SITE_ID_CURRENT_SITE', 1); define('BLOG_ID_CURRENT_SITE', 1);
}
if (!defined('ABSPATH')) { define('ABSPATH', '%(root)s/'); }
require_once ABSPATH . 'wp-settings.php';
"""

POOL = """
[global]
error_log = %(where)s/php.log
daemonize = no
[mesure]
listen = %(where)s/php.sock
listen.mode = 0666
%(user)s
pm = static
pm.max_children = %(children)d
php_admin_flag[zlib.output_compression] = on
php_admin_value[memory_limit] = 256M
"""

NGINX_WORDPRESS = """
  fastcgi_cache_path %(where)s/cache levels=1:2 keys_zone=pages:16m max_size=256m inactive=1h;
  server { listen 127.0.0.1:%(port)d; set $keeps 0; %(common)s }
  server { listen 127.0.0.1:%(cached)d; fastcgi_cache pages; fastcgi_cache_valid 200 1h; %(common)s }
"""
COMMON = """
    server_name _; root %(root)s; index index.php;
    fastcgi_cache_key "$host$request_uri$http_accept_encoding"; fastcgi_ignore_headers Cache-Control Expires Set-Cookie;
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param HTTP_HOST $host; fastcgi_param SERVER_PORT 80; fastcgi_pass unix:%(where)s/php.sock;
    }
"""


@dataclass(frozen=True)
class Multisite:
    """WordPress, answering: where with and without its cache, at which names, and what it is made of."""

    address: str
    cached_address: str
    hosts: list[str]
    version: str
    theme: str
    setting: str


def fpm() -> str:
    """The php-fpm of this machine, whose name holds its version."""
    found = sorted(Path("/usr/sbin").glob("php-fpm*"))
    return str(found[-1]) if found else ""


def themes() -> list[str]:
    return [name for name in THEMES if (SOURCE / "wp-content/themes" / name).exists()]


def missing() -> list[str]:
    """The Debian packages that this measure needs and the machine lacks."""
    needs = {
        "wordpress": (SOURCE / "wp-load.php").exists(),
        "wordpress-theme-twentytwentyfive": themes(),
        "php-fpm": fpm(),
        "php-cli": executable("php"),
        "mariadb-server": executable("mariadbd"),
        "nginx-light": executable("nginx"),
    }
    return [package for package, is_there in needs.items() if not is_there]


def _ours_or(user: str) -> list[str]:
    return [f"--user={user}"] if os.getuid() == 0 else []


@contextlib.contextmanager
def mariadb(where: Path) -> Iterator[Path]:
    """Run a database of its own; give its socket."""
    data = where / "mariadb"
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "mysql")
    common = ["--no-defaults", f"--datadir={data}", *_ours_or("mysql")]
    subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    socket = data / "mariadb.sock"
    command = [executable("mariadbd"), *common, "--skip-networking", f"--socket={socket}"]
    command += [f"--pid-file={data}/pid", "--innodb-buffer-pool-size=256M"]
    with running(command, where / "mariadb.log"):
        wait_for(lambda: _sql(socket, "SELECT 1") == 0, seconds=60, what="MariaDB")
        yield socket


def _sql(socket: Path, statement: str) -> int:
    line = ["mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", "-e", statement]
    return subprocess.run(line, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def _php(where: Path, part: str) -> dict[str, Any]:
    script = Path(__file__).with_name("wordpress.php")
    line = [executable("php"), "-d", "memory_limit=512M", "-d", "display_errors=stderr", str(script)]
    done = subprocess.run(
        [*line, str(where / "settings.json"), part],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"WordPress could not be made ({part}): {(done.stdout + done.stderr)[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


@contextlib.contextmanager
def multisite(where: Path, wanted: list[dict[str, Any]]) -> Iterator[Multisite]:
    """Make a multisite with one sub-site for each of ours, as full, and serve it; everything is under `where`."""
    where.chmod(0o755)
    root = where / "root"
    # Debian replaces some of its files by links to those of other packages.
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns("wp-config.php"), ignore_dangling_symlinks=True)
    (where / "picture.jpg").write_bytes(photograph())
    theme = themes()[0]
    with contextlib.ExitStack() as stack:
        socket = stack.enter_context(mariadb(where))
        if _sql(socket, "CREATE DATABASE wordpress CHARACTER SET utf8mb4"):
            raise RuntimeError("the database of WordPress could not be made")
        (root / "wp-config.php").write_text(
            CONFIGURATION % {"socket": socket, "where": where, "root": root, "domain": DOMAIN}
        )
        settings = {"root": str(root), "domain": DOMAIN, "sites": wanted, "theme": theme}
        settings["picture"] = str(where / "picture.jpg")
        (where / "settings.json").write_text(json.dumps(settings))
        _php(where, "install")
        (where / "is-multisite").touch()
        made = _php(where, "fill")
        user = "user = www-data\ngroup = www-data" if os.getuid() == 0 else ""
        (where / "pool.conf").write_text(POOL % {"where": where, "user": user, "children": CHILDREN})
        stack.enter_context(
            running([fpm(), "--nodaemonize", "--fpm-config", str(where / "pool.conf")], where / "php-fpm.log")
        )
        wait_for((where / "php.sock").exists, seconds=20, what="php-fpm")
        port, cached = free_port(), free_port()
        common = COMMON % {"root": root, "where": where}
        http = NGINX_WORDPRESS % {"where": where, "port": port, "cached": cached, "common": common}
        address = stack.enter_context(nginx(where / "nginx", http, port))
        listens(cached)
        for host in made["hosts"]:
            answer = read(address, host)
            if answer.status != 200:
                raise RuntimeError(f"WordPress answers {answer.status} at {host}: {answer.headers.get('Location', '')}")
        yield Multisite(
            address,
            f"http://127.0.0.1:{cached}",
            made["hosts"],
            made["version"],
            theme,
            f"php-fpm with {CHILDREN} processes and OPcache, MariaDB by its socket.",
        )
