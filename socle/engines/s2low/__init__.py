"""S²LOW, a transmission device of acts, spoken to as its documented interface says. Not one that we ever met."""
