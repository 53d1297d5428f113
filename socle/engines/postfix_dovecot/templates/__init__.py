"""The configurations of the servers, before they are filled."""
