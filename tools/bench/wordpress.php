<?php
/* Fill a WordPress multisite for a measure: `php wordpress.php SETTINGS.json install`, then `… fill`.
 *
 * Each sub-site has as many pages, posts and pictures as one of the sites it is compared with. Run by
 * tools/bench/wordpress.py, in a copy of WordPress and a database of its own.
 */

$settings = json_decode(file_get_contents($argv[1]), true);
$_SERVER['HTTP_HOST'] = $settings['domain'];
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
$is_install = $argv[2] === 'install';
if ($is_install) {
    define('WP_INSTALLING', true);
}
/* Nobody is told that a blog is born. */
function wp_new_blog_notification(...$any) {}
require $settings['root'] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';

if ($is_install) {
    wp_install('Mesure', 'mesure', 'mesure@exemple.invalid', true, '', wp_generate_password());
    foreach ($wpdb->tables('ms_global') as $table => $prefixed) {
        $wpdb->$table = $prefixed;
    }
    install_network();
    $made = populate_network(1, $settings['domain'], 'mesure@exemple.invalid', 'Mesure', '/', true);
    if (is_wp_error($made) && $made->get_error_code() !== 'no_wildcard_dns') {
        fwrite(STDERR, $made->get_error_message() . "\n");
        exit(1);
    }
    echo json_encode(['installed' => true]) . "\n";
    exit(0);
}

$text = 'Une nouvelle écrite pour mesurer, de la longueur de deux phrases. Elle n’annonce rien.';
$hosts = [];
foreach ($settings['sites'] as $number => $wanted) {
    $host = 'commune-' . ($number + 1) . '.' . $settings['domain'];
    $blog = wp_insert_site([
        'domain' => $host, 'path' => '/', 'network_id' => 1, 'user_id' => 1, 'title' => 'Commune ' . ($number + 1),
    ]);
    if (is_wp_error($blog)) {
        fwrite(STDERR, $blog->get_error_message() . "\n");
        exit(1);
    }
    switch_to_blog($blog);
    switch_theme($settings['theme']);
    foreach (get_posts(['post_type' => ['post', 'page'], 'numberposts' => -1, 'post_status' => 'any']) as $former) {
        wp_delete_post($former->ID, true);
    }
    $pictures = [];
    for ($made = 0; $made < $wanted['pictures']; $made++) {
        $file = wp_upload_bits("vue-$made.jpg", null, file_get_contents($settings['picture']));
        $attachment = wp_insert_attachment(['post_mime_type' => 'image/jpeg', 'post_title' => "Vue $made"], $file['file']);
        wp_update_attachment_metadata($attachment, wp_generate_attachment_metadata($attachment, $file['file']));
        $pictures[] = $attachment;
    }
    for ($made = 0; $made < $wanted['pages'] - $wanted['news']; $made++) {
        wp_insert_post([
            'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Page ' . ($made + 1),
            'post_content' => str_repeat("<!-- wp:paragraph --><p>$text</p><!-- /wp:paragraph -->", 6),
        ]);
    }
    for ($made = 0; $made < $wanted['news']; $made++) {
        $post = wp_insert_post([
            'post_status' => 'publish', 'post_title' => 'Nouvelle d’essai ' . ($made + 1), 'post_excerpt' => $text,
            'post_content' => "<!-- wp:paragraph --><p>$text</p><!-- /wp:paragraph -->",
        ]);
        if (isset($pictures[$made])) {
            set_post_thumbnail($post, $pictures[$made]);
        }
    }
    update_option('permalink_structure', '/%postname%/');
    restore_current_blog();
    $hosts[] = $host;
}
echo "\n" . json_encode(['hosts' => $hosts, 'version' => $wp_version]) . "\n";
