"""How messages leave, and those a demonstration keeps instead of sending. Not the communes' mail."""
