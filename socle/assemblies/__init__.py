"""Who sits in an assembly and by which rules, its meetings, and how they count: not what becomes of its acts."""
