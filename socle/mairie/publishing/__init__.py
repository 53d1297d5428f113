"""« Publier »: what a mairie says each week on its site, a short form for each thing, on one screen of a phone."""
