"""The real mail servers (Postfix, Dovecot, OpenDKIM, rspamd), fed by what `mail` says. Not the boxes: those are its."""
