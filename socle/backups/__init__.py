"""What the machines of the mairies save with us, and the proof that it can be restored. Not the platform’s own safekeeping."""
