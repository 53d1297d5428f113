"""DNS records of the mail's domains: written where the zone is ours, explained where not, looked at daily."""
