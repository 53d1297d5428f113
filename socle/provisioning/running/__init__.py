"""What the engines are doing, for whoever runs them: whether they answer, their load, failures, and room taken."""
