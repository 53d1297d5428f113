"""What assemblies decide, and its road to the prefecture and to the public. Not what is agreed on its strength."""
