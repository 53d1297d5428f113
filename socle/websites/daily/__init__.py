"""What inhabitants come for day after day: each family is opened when the mairie wants it, and costs nothing before."""
