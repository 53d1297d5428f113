"""The screens of the agendas, the contacts and the rooms at the mairie's door: what they show, what they ask."""
