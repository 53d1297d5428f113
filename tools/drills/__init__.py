"""What is broken on purpose: workers killed, the database restarted, the disk full, while a batch equips communes.

    python -m tools.drills [--count 100] [--kills 20] [--database postgresql|sqlite] [NAME…]

Every drill ends the same way: all are equipped, none twice, the journal's chain intact (`inspection`).
"""
