"""What time undoes on a site: links that lead nowhere any more, pages nobody has read again, facts to confirm."""
