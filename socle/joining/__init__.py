"""What a mairie asks before anything binds it: requests to join, studied and planned. Not agreements."""
