"""Connections that cost a server something and bring nothing. Run as a process of its own: crowd.py PORT IDLE SLOW

IDLE connections had one reply and stay; SLOW ones send a head at one byte a second. What the server closes is opened
again. Says "ready" when all are there.
"""

import selectors
import socket
import sys
import time

import request


def connected(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def idle_connection(port):
    connection = connected(port)
    text = request.template().replace(request.PLACEHOLDER, request.identifier(90000, idle_connection.number))
    idle_connection.number += 1
    connection.sendall(text.encode())
    reply = b""
    while request.REPLY.encode() not in reply:
        piece = connection.recv(65536)
        if not piece:
            raise OSError(f"no reply for an idle connection: {reply[:200]}")
        reply += piece
    return connection


idle_connection.number = 1


class Crowd:
    def __init__(self, port, idle, slow):
        self.port, self.selector = port, selectors.DefaultSelector()
        self.slow = {}
        for _ in range(idle):
            self.add(idle_connection(port), idle_connection)
        for _ in range(slow):
            self.add_slow()

    def add(self, connection, again):
        self.selector.register(connection, selectors.EVENT_READ, again)

    def add_slow(self, _port=None):
        connection = connected(self.port)
        self.slow[connection] = 0
        self.add(connection, self.add_slow)

    def replace(self, key):
        """It was closed, or told that it took too long: another takes its place."""
        self.selector.unregister(key.fileobj)
        key.fileobj.close()
        if self.slow.pop(key.fileobj, None) is None:
            self.add(idle_connection(self.port), idle_connection)
        else:
            self.add_slow()

    def stay(self):
        head = request.template().encode()
        while True:
            due = time.monotonic() + 1
            for connection in list(self.slow):
                sent = self.slow[connection]
                try:
                    connection.send(head[sent:sent + 1])
                    self.slow[connection] = sent + 1
                except OSError:
                    pass  # it is readable as well, and replaced below
            while (left := due - time.monotonic()) > 0:
                for key, _ in self.selector.select(left):
                    self.replace(key)


if __name__ == "__main__":
    crowd = Crowd(*map(int, sys.argv[1:4]))
    print("ready", flush=True)
    crowd.stay()
