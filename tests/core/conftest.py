"""What the tests of outgoing requests share."""

import socket
from ipaddress import ip_network

import pytest


@pytest.fixture
def closed_door(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    settings.WEBHOOK_ALLOW_HTTP = True


@pytest.fixture
def dialled(monkeypatch):
    """Record what is dialled anywhere in this process, and let none of it out."""
    addresses = []

    def connect(self, address):
        addresses.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", type("Recorder", (socket.socket,), {"connect": connect}))
    return addresses


@pytest.fixture
def loopback(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
