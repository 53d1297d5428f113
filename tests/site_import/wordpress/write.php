<?php
/* The site of a commune that does not exist, written in a real WordPress, then exported: `php write.php SETTINGS.json`.
 *
 * Run by make.py, in a copy of WordPress and a database of its own. The export is written by WordPress itself.
 */

$settings = json_decode(file_get_contents($argv[1]), true);
$_SERVER['HTTP_HOST'] = 'vieux-bourg.invalid';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
define('WP_INSTALLING', $argv[2] === 'install');
function wp_new_blog_notification(...$any) {}
require $settings['root'] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';
require_once ABSPATH . 'wp-admin/includes/export.php';

if ($argv[2] === 'install') {
    wp_install('Vieux-Bourg', 'secretaire', 'secretaire@exemple.invalid', true, '', 'essai');
    exit(0);
}

wp_set_current_user(1);
update_option('timezone_string', 'Europe/Paris');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
$wp_rewrite->init();
foreach (get_posts(['post_type' => 'any', 'numberposts' => -1, 'post_status' => 'any']) as $former) {
    wp_delete_post($former->ID, true);
}

function picture($name, $width, $height, $title, $alternative) {
    $image = imagecreatetruecolor($width, $height);
    imagefill($image, 0, 0, imagecolorallocate($image, 58, 110, 165));
    ob_start();
    imagejpeg($image, null, 40);
    $file = wp_upload_bits($name, null, ob_get_clean(), '2021/03');
    $number = wp_insert_attachment(
        ['post_mime_type' => 'image/jpeg', 'post_title' => $title, 'post_excerpt' => 'Vue du clocher',
         'post_date' => '2021-03-01 10:00:00'], $file['file']
    );
    wp_update_attachment_metadata($number, wp_generate_attachment_metadata($number, $file['file']));
    update_post_meta($number, '_wp_attachment_image_alt', $alternative);
    return $number;
}

function post($fields, $category = 'Vie du village', $tags = []) {
    $number = wp_insert_post(wp_slash($fields + ['post_status' => 'publish', 'post_author' => 1]), true);
    if (is_wp_error($number)) {
        fwrite(STDERR, $number->get_error_message() . "\n");
        exit(1);
    }
    if (($fields['post_type'] ?? 'post') === 'post') {
        wp_set_object_terms($number, $category, 'category');
        wp_set_object_terms($number, $tags, 'post_tag');
    }
    return $number;
}

/* Larger than WordPress serves: it makes « place-scaled.jpg » of it, and keeps « place.jpg » beside. */
$place = picture('place.jpg', 2700, 1800, 'La place', 'La place du village, un matin de marché');
$ecole = picture('école.jpg', 700, 500, 'L’école', '');
$pdf = wp_upload_bits('bulletin-mars.pdf', null, "%PDF-1.4\n%essai\n", '2021/03');
$bulletin = wp_insert_attachment(
    ['post_mime_type' => 'application/pdf', 'post_title' => 'Bulletin de mars', 'post_date' => '2021-03-02 10:00:00'],
    $pdf['file']
);
$at = wp_get_upload_dir()['baseurl'] . '/2021/03';
$paragraph = fn($words) => "<!-- wp:paragraph -->\n<p>$words</p>\n<!-- /wp:paragraph -->\n\n";

/* --- Pages --- */
$commune = post(['post_type' => 'page', 'post_title' => 'La commune', 'post_date' => '2020-05-04 09:00:00',
    'post_content' => $paragraph('Vieux-Bourg compte 312 habitantes et habitants, et un clocher tors.')
        . "<!-- wp:columns -->\n<div class=\"wp-block-columns\"><!-- wp:column -->\n<div class=\"wp-block-column\">"
        . "<!-- wp:heading -->\n<h2 class=\"wp-block-heading\">Venir</h2>\n<!-- /wp:heading -->\n\n"
        . $paragraph('Par la <a href="https://www.exemple.invalid/ligne-12">ligne 12</a>.') . "</div>\n<!-- /wp:column -->\n\n"
        . "<!-- wp:column -->\n<div class=\"wp-block-column\">"
        . "<!-- wp:heading {\"level\":3} -->\n<h3 class=\"wp-block-heading\">Se garer</h3>\n<!-- /wp:heading -->\n\n"
        . $paragraph('Sur la place, sauf le samedi.') . "</div>\n<!-- /wp:column --></div>\n<!-- /wp:columns -->\n\n"
        . "<!-- wp:table -->\n<figure class=\"wp-block-table\"><table class=\"has-fixed-layout\"><thead><tr><th>Jour</th>"
        . "<th>Mairie</th></tr></thead><tbody><tr><td>Lundi</td><td>9 h – 12 h</td></tr><tr><td>Jeudi</td><td>14 h – 17 h</td>"
        . "</tr></tbody></table><figcaption class=\"wp-element-caption\">Les horaires d’été</figcaption></figure>\n<!-- /wp:table -->"]);
$page_ecole = post(['post_type' => 'page', 'post_title' => 'L’école', 'post_parent' => $commune,
    'post_date' => '2020-05-04 10:00:00', 'menu_order' => 2,
    'post_content' => "<!-- wp:media-text {\"mediaId\":$ecole,\"mediaType\":\"image\"} -->\n"
        . "<div class=\"wp-block-media-text is-stacked-on-mobile\"><figure class=\"wp-block-media-text__media\">"
        . "<img src=\"$at/ecole.jpg\" alt=\"\" class=\"wp-image-$ecole size-full\"/></figure>"
        . "<div class=\"wp-block-media-text__content\">" . $paragraph('Deux classes, une cour, un <strong>préau</strong>.')
        . "</div></div>\n<!-- /wp:media-text -->\n\n"
        . "<!-- wp:list -->\n<ul class=\"wp-block-list\"><!-- wp:list-item -->\n<li>CP et CE1\n<!-- wp:list -->\n"
        . "<ul class=\"wp-block-list\"><!-- wp:list-item -->\n<li>le matin</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list --></li>\n"
        . "<!-- /wp:list-item -->\n\n<!-- wp:list-item -->\n<li>CE2 au CM2</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->"]);
post(['post_type' => 'page', 'post_title' => 'Espace des élus', 'post_status' => 'private', 'post_date' => '2020-05-05 10:00:00',
    'post_content' => $paragraph('Réservé au conseil.')]);
post(['post_type' => 'page', 'post_title' => 'Ancienne page', 'post_status' => 'trash', 'post_date' => '2020-05-06 10:00:00',
    'post_content' => 'À la corbeille.']);
$reused = post(['post_type' => 'wp_block', 'post_title' => 'Contact', 'post_content' => $paragraph('Mairie : 00 00 00 00 00')]);

/* --- News --- */
$market = post(['post_title' => 'Le marché revient & s’agrandit', 'post_date' => '2021-03-04 18:30:00',
    'post_excerpt' => 'Chaque samedi, sur la place.',
    'post_content' => $paragraph('Douze étals <em>chaque samedi</em>, de 8 h à 13 h.')
        . "<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->\n\n"
        . "<!-- wp:image {\"id\":$place,\"sizeSlug\":\"large\",\"linkDestination\":\"media\"} -->\n"
        . "<figure class=\"wp-block-image size-large\"><a href=\"$at/place-scaled.jpg\"><img src=\"$at/place-1024x683.jpg\" "
        . "alt=\"La place\" class=\"wp-image-$place\"/></a><figcaption class=\"wp-element-caption\">La place, en mars</figcaption>"
        . "</figure>\n<!-- /wp:image -->\n\n"
        . "<!-- wp:file {\"id\":$bulletin,\"href\":\"{$pdf['url']}\"} -->\n<div class=\"wp-block-file\">"
        . "<a id=\"wp-block-file--media-1\" href=\"{$pdf['url']}\">Bulletin de mars</a><a href=\"{$pdf['url']}\" "
        . "class=\"wp-block-file__button wp-element-button\" download aria-describedby=\"wp-block-file--media-1\">Télécharger</a></div>\n"
        . "<!-- /wp:file -->\n\n"
        . "<!-- wp:embed {\"url\":\"https://video.exemple.invalid/w/1\",\"type\":\"video\"} -->\n"
        . "<figure class=\"wp-block-embed is-type-video\"><div class=\"wp-block-embed__wrapper\">\n"
        . "https://video.exemple.invalid/w/1\n</div></figure>\n<!-- /wp:embed -->\n\n"
        . "<!-- wp:block {\"ref\":$reused} /-->\n\n"
        . $paragraph('À voir aussi : <a href="' . get_permalink($page_ecole) . '">l’école</a>, <a href="/la-commune/">la commune</a>.')
        . "<!-- wp:buttons -->\n<div class=\"wp-block-buttons\"><!-- wp:button -->\n<div class=\"wp-block-button\">"
        . "<a class=\"wp-block-button__link wp-element-button\" href=\"mailto:marche@exemple.invalid\">Écrire au placier</a></div>\n"
        . "<!-- /wp:button --></div>\n<!-- /wp:buttons -->"], 'Marché', ['samedi', 'place']);
set_post_thumbnail($market, $place);
stick_post($market);
/* As the editor before that of blocks wrote, blank lines for paragraphs. */
post(['post_title' => 'Vœux du maire', 'post_date' => '2012-01-06 11:00:00',
    'post_content' => "Premier paragraphe, avec un\nretour à la ligne.\n\n<b>Galette</b> à 18 h, salle des fêtes.\n\n"
        . "[caption id=\"attachment_$ecole\" align=\"alignleft\" width=\"300\"]<a href=\"$at/ecole.jpg\"><img class=\"size-medium "
        . "wp-image-$ecole\" src=\"$at/ecole-300x214.jpg\" alt=\"Le préau\" width=\"300\" height=\"214\" /></a> Sous le préau[/caption]\n\n"
        . "[gallery ids=\"$place,$ecole\"]\n\n<ul>\n<li>cidre</li>\n<li>jus de pomme</li>\n</ul>\nVenez [nombreux] !"]);
post(['post_title' => '', 'post_date' => '2022-06-01 08:00:00',
    'post_content' => $paragraph('Coupure d’eau rue Haute jeudi matin, de 9 h à midi.')
        . "<!-- wp:gallery {\"linkTo\":\"none\"} -->\n<figure class=\"wp-block-gallery has-nested-images columns-default is-cropped\">"
        . "<!-- wp:image {\"id\":$place} -->\n<figure class=\"wp-block-image\"><img src=\"$at/place-300x200.jpg\" alt=\"\" "
        . "class=\"wp-image-$place\"/></figure>\n<!-- /wp:image -->\n\n<!-- wp:image {\"id\":$ecole} -->\n"
        . "<figure class=\"wp-block-image\"><img src=\"$at/ecole.jpg\" alt=\"L’école\" class=\"wp-image-$ecole\"/>"
        . "<figcaption class=\"wp-element-caption\">Rue Haute</figcaption></figure>\n<!-- /wp:image --></figure>\n<!-- /wp:gallery -->"]);
post(['post_title' => 'Compte rendu à relire', 'post_status' => 'draft', 'post_date' => '2022-07-01 08:00:00',
    'post_content' => 'Pas fini.']);
post(['post_title' => 'À relire', 'post_status' => 'pending', 'post_date' => '2022-07-02 08:00:00', 'post_content' => 'Attend.']);
post(['post_title' => 'Note interne', 'post_status' => 'private', 'post_date' => '2022-07-03 08:00:00',
    'post_content' => 'Entre nous.']);
post(['post_title' => 'Pour les parents', 'post_password' => 'cantine', 'post_date' => '2022-07-04 08:00:00',
    'post_content' => 'Protégé.']);
post(['post_title' => 'Fête de 2035', 'post_status' => 'future', 'post_date' => '2035-07-14 08:00:00', 'post_content' => 'Bal.']);

foreach ([['Dominique Exemple', 1], ['Alix Exemple', 0]] as [$name, $approved]) {
    wp_insert_comment(['comment_post_ID' => $market, 'comment_author' => $name, 'comment_approved' => $approved,
        'comment_author_email' => 'voisinage@exemple.invalid', 'comment_author_IP' => '203.0.113.7',
        'comment_content' => 'Vivement samedi !', 'comment_date' => '2021-03-05 09:00:00']);
}
$menu = wp_create_nav_menu('Principal');
wp_update_nav_menu_item($menu, 0, ['menu-item-title' => 'La commune', 'menu-item-object' => 'page',
    'menu-item-object-id' => $commune, 'menu-item-type' => 'post_type', 'menu-item-status' => 'publish']);

ob_start();
export_wp(['content' => 'all']);
file_put_contents($settings['export'], ob_get_clean());
echo $wp_version . "\n";
