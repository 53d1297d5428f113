"""The screens of the agendas, the contacts and the venues at the mairie's door: what they show, what they ask."""
