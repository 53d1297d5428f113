"""How people sign in: django-allauth with our words and rules, an identity provider, the sessions left open."""
