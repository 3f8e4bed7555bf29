#!/usr/bin/env python3
"""Packs a folder of inputs into one file, or unpacks it: `corpus.py pack|unpack FILE FOLDER`.

In the file each input is its length in decimal, a colon, its bytes and a line feed, the short ones first: at most 200, of at
most 1 KiB each, since every clone has them.
"""
import hashlib
import pathlib
import sys

command, file, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
if command == "pack":
    found = {path.read_bytes() for path in folder.iterdir()}
    inputs = sorted((data for data in found if len(data) <= 1024), key=lambda data: (len(data), data))
    inputs = inputs[:: -(-len(inputs) // 200) or 1]
    file.write_bytes(b"".join(b"%d:%s\n" % (len(data), data) for data in inputs))
else:
    folder.mkdir(parents=True, exist_ok=True)
    rest = file.read_bytes() if file.exists() else b""
    while rest:
        length, rest = rest.split(b":", 1)
        data, rest = rest[: int(length)], rest[int(length) + 1 :]
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
