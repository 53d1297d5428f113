"""`python -m socle`: the same command line as `socle`."""

from socle.config.command_line import main

main()
