<?php
/**
 * The sign-in of the platform, and no other: a box is opened there, and closed with its session.
 *
 * Roundcube 1.6 speaks OAuth by itself; this closes what it leaves open: a password typed here, an answer to a question
 * nobody asked, what another box left in the session.
 */
class socle extends rcube_plugin
{
    /** The name that recipients see, as the platform says it. */
    private $name = '';

    public function init()
    {
        $this->add_hook('startup', [$this, 'startup']);
        $this->add_hook('authenticate', [$this, 'authenticate']);
        $this->add_hook('oauth_login', [$this, 'oauth_login']);
        $this->add_hook('user_create', [$this, 'user_create']);
        $this->add_hook('logout_after', [$this, 'logout_after']);
        $this->add_hook('storage_connect', [$this, 'storage_connect']);
        $this->add_hook('template_object_loginform', [$this, 'loginform']);
    }

    /** On the way back from the platform: is it the answer to our question? Then what another box left is forgotten. */
    public function startup($args)
    {
        if ($args['task'] !== 'login' || $args['action'] !== 'oauth' || !isset($_GET['code'])) {
            return $args;
        }
        $asked = (string) ($_SESSION['oauth_state'] ?? '');
        $shown = (string) rcube_utils::get_input_string('state', rcube_utils::INPUT_GET);
        if ($asked === '' || !hash_equals($asked, $shown)) {
            // The question is asked anew, by this browser this time.
            unset($_GET['code']);
            return $args;
        }
        $session = rcmail::get_instance()->session;
        foreach (array_keys($_SESSION) as $held) {
            if ($held !== 'oauth_state') {
                $session->remove($held);
            }
        }
        return $args;
    }

    /** No password opens anything here, not even that of a device: it would be one more place to have it stolen. */
    public function authenticate($args)
    {
        $args['valid'] = false;
        $args['abort'] = true;
        return $args;
    }

    public function oauth_login($args)
    {
        $this->name = is_array($args['identity'] ?? null) ? (string) ($args['identity']['name'] ?? '') : '';
        return $args;
    }

    public function user_create($args)
    {
        $args['user_name'] = $this->name;
        $args['language'] = 'fr_FR';
        return $args;
    }

    public function logout_after($args)
    {
        $rcmail = rcmail::get_instance();
        $rcmail->output->redirect($rcmail->config->get('socle_home'));
    }

    /**
     * Whoever signed out of the platform is led there, instead of being told that a server does not answer.
     *
     * Roundcube asks a second time when the first one failed: the code of the refusal is known then (RFC 5530).
     */
    public function storage_connect($args)
    {
        $rcmail = rcmail::get_instance();
        if ($rcmail->task === 'login' || empty($_SESSION['user_id'])) {
            return $args;
        }
        $args['retry'] = $args['attempt'] === 1;
        if (!$args['retry'] && $rcmail->get_storage()->conn->resultcode === 'AUTHENTICATIONFAILED') {
            $rcmail->kill_session();
            $rcmail->output->redirect($rcmail->config->get('socle_home'));
        }
        return $args;
    }

    /** In place of a name and a password: the way to the platform. */
    public function loginform($args)
    {
        $args['content'] = '<p class="formbuttons"><a class="button mainaction btn btn-primary" href="'
            . rcube::Q(rtrim((string) rcmail::get_instance()->config->get('request_path'), '/'))
            . '/index.php/login/oauth">Ouvrir avec mon compte de la plateforme</a></p>';
        return $args;
    }
}
