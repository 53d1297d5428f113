"""A port that is chosen once: the first that is free, then always the same."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from socle.lib import ports


def test_a_port_is_chosen_once_past_those_that_are_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert ports.is_taken(taken)
        chosen = ports.keep(tmp_path / "mine" / "port", taken)
        assert chosen > taken
        # Whoever asks again, from wherever, is told the same.
        assert ports.keep(tmp_path / "mine" / "port", 1024) == chosen
        assert ports.kept(tmp_path / "mine" / "port") == chosen
        # Another installation, which begins at the same place, does not take it while it is used.
        with socket.create_server(("127.0.0.1", chosen)):
            assert ports.keep(tmp_path / "other" / "port", taken) not in (taken, chosen)
    assert list((tmp_path / "mine").iterdir()) == [tmp_path / "mine" / "port"]


def test_what_is_no_port_is_chosen_again(tmp_path: Path) -> None:
    path = tmp_path / "port"
    assert ports.kept(path) is None
    for nonsense in ("", "x", "0", "70000"):
        path.write_text(nonsense)
        assert ports.kept(path) is None
        assert ports.keep(path, 40_000) >= 40_000
        assert ports.kept(path) is not None


def test_datagrams_have_ports_of_their_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
        names.bind(("127.0.0.1", 0))
        port = names.getsockname()[1]
        assert ports.is_taken(port, packets=True)


def test_free_ports_differ_are_held_by_nobody_and_are_never_lent_to_a_connection(monkeypatch):
    found = ports.free_ports(5)
    assert len(set(found)) == 5
    assert all(10_000 <= port < 22_000 for port in found)
    assert not any(ports.is_taken(port, packets=packets) for port in found for packets in (False, True))
    first = found[0]
    monkeypatch.setattr(ports, "FREE_AMONG", range(first, first + 1))
    assert ports.free_port() == first
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as held:
            held.bind(("127.0.0.1", first))
            if kind == socket.SOCK_STREAM:
                held.listen()
            with pytest.raises(OSError, match="1 free ports are asked for, 0 were found"):
                ports.free_port()
