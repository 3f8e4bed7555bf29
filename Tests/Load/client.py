"""A caller that reads every byte of its replies: for checks, not for load."""

import http.client
import socket

import request


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read().decode(errors="replace")

    def __str__(self):
        return f"{self.status} {self.body[:200]!r}"


def post(port, body=None, key=request.KEY, headers=None, timeout=10):
    """One POST on a connection of its own. Raises OSError where there is no reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        fields = {"Content-Type": "application/json", "Authorization": f"Bearer {key}", **(headers or {})}
        text = request.body(request.Identifiers.one()) if body is None else body
        connection.request("POST", request.PATH, text, fields)
        return Reply(connection.getresponse())
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def accepts(port):
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
