<?php
// Written by `socle webmail write`. Debian's Roundcube, with the plugins that are beside this page.
define('INSTALL_PATH', __DIR__ . '/');
require '/usr/share/roundcube/index.php';
