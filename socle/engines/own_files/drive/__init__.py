"""The folders of the mairies as a network drive (WebDAV, RFC 4918): WsgiDAV speaks the protocol, `files` decides."""
