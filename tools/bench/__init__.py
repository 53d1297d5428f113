"""What `make bench` measures: one module a subject, each run in a throw-away installation, figures printed as tables.

Figures depend on the machine; ratios against a reference measured in the same run hold. They are kept, with machine and
date, in docs/dev/performance.md, and asserted by no test.
"""
