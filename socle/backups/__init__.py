"""What the mairies’ machines save with us, and the proof that it is restored. Not the platform’s own safekeeping."""
