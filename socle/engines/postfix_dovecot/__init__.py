"""The real mail servers: Postfix, Dovecot and OpenDKIM, fed by what `mail` says. Not the boxes: those are `mail`."""
