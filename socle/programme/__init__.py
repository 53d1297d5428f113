"""Offer of the operators: services, prices, eligibility, founding acts. Not who took up the offer."""
