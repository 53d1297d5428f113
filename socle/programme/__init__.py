"""What the operators offer: services, prices, eligibility, founding acts. Not who took up the offer."""
