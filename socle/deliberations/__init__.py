"""Acts of the assemblies, and their road to the prefecture and to the public. Not what is agreed on its strength."""
