require ["vnd.dovecot.pipe", "copy"];
pipe :copy "learn-mail" ["spam"];
