"""The deployment: the units and the scripts that production uses, exercised without systemd."""
