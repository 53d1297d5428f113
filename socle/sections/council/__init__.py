"""The council of a commune on its site: who sits, in what order, with what delegations; its commissions."""
