"""Convene's own part: its binary, and a configuration that has config/'s whole policy and limits that never refuse."""

import base64
import os
import re

import places
import request

BINARY = places.BINARIES / "convene"


def section(file, name):
    """A top-level section of a YAML file, as it is written there."""
    text = (places.CHECKOUT / "config" / file).read_text()
    return re.search(rf"^{name}:\n(?:[ \t#].*\n|\n)*", text, re.MULTILINE).group(0).rstrip()


def values():
    return {"POLICY": section("gateway.yaml", "policy"), "TEAM_POLICY": section("teams/demo.yaml", "policy"),
            "CALLERS": section("teams/demo.yaml", "callers"), "ALLOW": 1_000_000, "BURST": 1_000_000}


def environment():
    """As the image and the unit have it."""
    return {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=32", "TELNYX_API_KEY": request.TOKEN,
            "CONVENE_SIGNING_KEY": base64.b64encode(os.urandom(32)).decode()}
