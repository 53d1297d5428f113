"""What every test shares. Its ground is laid earlier, by `tests.ground`."""
