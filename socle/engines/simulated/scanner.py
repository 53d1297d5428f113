"""The twin of the antivirus: it knows one thing, the file that the whole trade uses to try one."""

from __future__ import annotations

from typing import BinaryIO

from socle.documents.contract import Knowledge

# In two parts, or the antivirus of whoever installs us would take this very file away.
TRIAL = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PIECE = 64 * 1024


class SimulatedScanner:
    """Finds the trial file of EICAR, wherever it is in what it is given."""

    is_simulated = True

    def check(self) -> Knowledge:
        return Knowledge("simulé")

    def scan(self, file: BinaryIO) -> str | None:
        tail = b""
        while piece := file.read(PIECE):
            if TRIAL in tail + piece:
                return "Simulé.EICAR"
            tail = (tail + piece)[-len(TRIAL) :]
        return None
