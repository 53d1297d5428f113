"""Domain names of public bodies: whose each is, what the DNS is to say and says of it, the zones that we hold."""
