"""One folder per outside system we command or read; each can be deleted. Nobody imports them: settings name them."""
