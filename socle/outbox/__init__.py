"""The messages a demonstration would have sent: kept, shown in the console, never sent. Not the communes' mail."""
