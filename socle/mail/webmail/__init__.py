"""The boxes in the browser: who opens one, and the tokens by which the webmail and the servers know it (RFC 6749)."""
