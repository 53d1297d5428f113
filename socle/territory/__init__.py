"""The map: communes, EPCI, departments, and how they change from year to year. Not who is equipped, nor by whom."""
