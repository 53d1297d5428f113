"""Boxes opened by IMAP: old ones at other providers, and ours once somebody has opened the connection."""
