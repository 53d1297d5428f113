"""Messages of inhabitants to the mairie from its site: form, receipt, answer. Not the communes' mail."""
