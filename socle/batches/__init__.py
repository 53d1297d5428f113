"""The same gesture made on many things, line by line: seen going, paused, resumed. It decides nothing itself."""
