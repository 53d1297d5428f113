"""The engine that holds the zones of the mail's domains in PowerDNS, by its HTTP interface. Decides nothing."""
