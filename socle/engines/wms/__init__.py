"""The engine that asks a server of maps (OGC WMS 1.3.0) for two pictures of each commune. Not a server of tiles."""
