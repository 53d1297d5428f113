<?php
// Written by `socle webmail write`: change what it is given, not this file. It holds secrets.
$config = [];

// --- What it keeps: preferences and contacts of each box, sessions; never a message -------------------------------------
$config['db_dsnw'] = @{database};
$config['des_key'] = @{key};
$config['cipher_method'] = 'AES-256-CBC';
$config['log_driver'] = 'file';
$config['log_dir'] = @{logs};
$config['temp_dir'] = @{temporary};
$config['imap_cache'] = null;
$config['messages_cache'] = false;
// Neither who wrote to whom, nor who came: the mail servers say it already.
$config['smtp_log'] = false;
$config['log_logins'] = false;

// --- The mail servers, whose certificates are verified ------------------------------------------------------------------
$config['imap_host'] = @{imap};
$config['imap_conn_options'] = ['ssl' => @{trust}];
$config['smtp_host'] = @{smtp};
$config['smtp_conn_options'] = ['ssl' => @{trust}];
$config['smtp_helo_host'] = @{host};

// --- The platform’s sign-in: no password is ever typed here (plugin `socle`) ---------------------------------------------
$config['oauth_provider'] = 'generic';
$config['oauth_provider_name'] = 'la plateforme';
$config['oauth_client_id'] = @{client};
$config['oauth_client_secret'] = @{secret};
$config['oauth_auth_uri'] = @{authorize};
$config['oauth_token_uri'] = @{token};
$config['oauth_identity_uri'] = @{identity};
$config['oauth_identity_fields'] = ['email'];
$config['oauth_scope'] = 'mail';
$config['oauth_verify_peer'] = true;
$config['oauth_login_redirect'] = true;
$config['socle_home'] = @{home};

// --- Its own address and its session ------------------------------------------------------------------------------------
$config['trusted_host_patterns'] = [@{pattern}];
$config['request_path'] = @{path};
$config['use_https'] = @{https};
$config['force_https'] = false;
$config['session_name'] = 'socle_webmail';
$config['session_samesite'] = 'Lax';
// In minutes, when nobody uses it; it ends in any case with the session of the platform.
$config['session_lifetime'] = 30;
$config['x_frame_options'] = 'sameorigin';
$config['enable_installer'] = false;

// --- What people see ----------------------------------------------------------------------------------------------------
$config['plugins'] = ['archive', 'socle'];
$config['product_name'] = 'Messagerie';
$config['useragent'] = 'Socle';
$config['display_product_info'] = 0;
$config['support_url'] = '';
$config['skin'] = 'elastic';
$config['language'] = 'fr_FR';
$config['timezone'] = 'Europe/Paris';
$config['date_format'] = 'd/m/Y';
$config['date_short'] = 'D H:i';
$config['date_long'] = 'd/m/Y H:i';
$config['default_charset'] = 'UTF-8';
$config['drafts_mbox'] = 'Drafts';
$config['sent_mbox'] = 'Sent';
$config['junk_mbox'] = 'Junk';
$config['trash_mbox'] = 'Trash';
$config['archive_mbox'] = 'Archive';
// Images of elsewhere tell whoever sent a message that it is read: never by themselves; one asks for those of one message.
$config['show_images'] = 0;
$config['mdn_requests'] = 2;
// One identity, that of the box: nothing else would be let through, and its name is the platform’s.
$config['identities_level'] = 3;
$config['max_message_size'] = '35M';
$config['max_recipients'] = 200;
// Nothing of a third party: no spelling asked elsewhere, no key server, no directory.
$config['enable_spellcheck'] = false;
$config['keyservers'] = [];
$config['ldap_public'] = [];
$config['dont_override'] = ['show_images', 'timezone', 'language'];
