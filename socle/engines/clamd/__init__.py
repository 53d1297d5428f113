"""The engine of the antivirus (ClamAV's daemon), which reads what people hand over. Not what is done of its answer."""
