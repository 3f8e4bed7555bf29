"""Who is measured, with what command and which configuration (contenders/)."""

import dataclasses
import os
import pathlib
import shutil
from collections.abc import Callable

import convene
import places
import postgres
import processes

CONFIGURATIONS = places.HERE / "contenders"


@dataclasses.dataclass
class Contender:
    name: str
    what: str
    #: The files of contenders/ that it reads, the main one first.
    files: list[str]
    #: From the main file's path, filled in, to the command.
    command: Callable[[pathlib.Path], list]
    #: How it says its version.
    version: list
    #: Whether it has the policy, and so must refuse and replay as well.
    policy: bool = False
    environment: dict = dataclasses.field(default_factory=dict)
    values: dict = dataclasses.field(default_factory=dict)

    def configure(self, directory, values):
        """Fills in its configuration, in a directory that is new. Returns the main file."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        # What is to be made anew for each run is made now.
        own = {name: value() if callable(value) else value for name, value in self.values.items()}
        values = {**values, **own, "RUN": directory, "LUA": CONFIGURATIONS / "lua"}
        filled = [places.fill_in(CONFIGURATIONS / name, directory / pathlib.Path(name).name, values)
                  for name in self.files]
        return filled[0]

    def launch(self, file):
        """Starts it on its core, with what is there: its configuration, its ledger. It may not answer yet."""
        return processes.start(self.command(file), core=processes.CONTENDER_CORE, directory=file.parent,
                               output=file.parent / "output.log", env={**os.environ, **self.environment})


def envoy_binary():
    return next(places.TOOLS.glob("lib/python3*/site-packages/envoy/_bin/envoy"), places.TOOLS / "envoy-is-missing")


def proxy_nginx(file):
    return ["nginx", "-p", file.parent, "-c", file]


def envoy(file):
    return [envoy_binary(), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "-c", file]


def convene_contender(name, what, ledger, **values):
    return Contender(
        name, what, ["convene/gateway.yaml", "convene/team.yaml"],
        lambda file: [convene.BINARY, "serve", "--config", file], [convene.BINARY, "version"],
        policy=True, environment=convene.environment(), values={**convene.values(), "LEDGER": ledger, **values})


def everyone():
    """By name, in the table's order."""
    envoy_version = [envoy_binary(), "--version"]
    listed = [
        Contender("nginx", "proxy", ["nginx.conf"], proxy_nginx, ["nginx", "-v"]),
        Contender("haproxy", "proxy", ["haproxy.cfg"], lambda file: ["haproxy", "-db", "-f", file], ["haproxy", "-v"]),
        Contender("envoy", "proxy, HTTP/1.1 upstream", ["envoy.yaml"], envoy, envoy_version,
                  values={"PROTOCOL": "http_protocol_options: {}"}),
        Contender("envoy-h2", "proxy, HTTP/2 upstream", ["envoy.yaml"], envoy, envoy_version,
                  # Fewer streams than the upstream allows: it would refuse the others before Envoy knows.
                  values={"PROTOCOL": "http2_protocol_options: {max_concurrent_streams: 100}"}),
        Contender("traefik", "proxy", ["traefik.yaml", "traefik-routes.yaml"],
                  lambda file: [places.TOOLS / "bin" / "traefik", f"--configFile={file}"],
                  [places.TOOLS / "bin" / "traefik", "version"]),
        Contender("caddy", "proxy", ["Caddyfile"],
                  lambda file: [places.TOOLS / "bin" / "caddy", "run", "--config", file, "--adapter", "caddyfile"],
                  [places.TOOLS / "bin" / "caddy", "version"], environment={"HOME": str(places.SCRATCH)}),
        Contender("nginx-lua", "the same policy, limits, replay and log, nothing durable",
                  ["nginx-lua.conf"], proxy_nginx, ["nginx", "-v"], policy=True),
        convene_contender("convene-memory", "everything, ledger in memory", 'path: ":memory:"'),
        convene_contender("convene-disk", "everything, ledger on disk", "path: ledger.db"),
        convene_contender("convene-postgres", "everything, ledger in a PostgreSQL on the load's core",
                          lambda: postgres.shared().new_ledger()),
    ]
    return {contender.name: contender for contender in listed}
