"""Who is who: users, organisations, roles, in whose name each may act, how they sign in. Not what they decide."""
