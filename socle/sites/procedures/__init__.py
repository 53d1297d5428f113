"""What one asks a mairie: the answers that the platform brings, and what each mairie adds to them."""
