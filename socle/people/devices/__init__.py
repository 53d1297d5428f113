"""The passwords a person gives their telephone or their computer, each for some services: never the platform's own."""
