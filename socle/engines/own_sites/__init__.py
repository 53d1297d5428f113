"""The engine of the communes’ websites, served by this platform. Not the sites themselves: those are `websites`."""
