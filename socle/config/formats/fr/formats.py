# « S » is the « er » of the 1st: see `say_the_first_of_a_month` (socle.sites.apps).
DATE_FORMAT = "jS\u00a0F\u00a0Y"
DATETIME_FORMAT = "jS\u00a0F\u00a0Y à\u00a0G\u00a0\\h\u00a0i"
MONTH_DAY_FORMAT = "jS\u00a0F"
