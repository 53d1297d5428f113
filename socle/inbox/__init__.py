"""What inhabitants write to the mairie from its site: the form, the receipt, the answer. Not the communes' mail."""
