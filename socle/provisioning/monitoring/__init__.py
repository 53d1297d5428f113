"""Monitoring of the engines, for whoever runs them: whether they answer, their load, failures, and space taken."""
