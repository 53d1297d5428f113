"""Contents an EPCI or an operator proposes to the sites of communes: offered once, answered by each site."""
