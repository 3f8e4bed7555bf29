"""A PostgreSQL of the benchmark's own, for a ledger that replicas share: a new cluster, which ends with the benchmark."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time

import client
import convene
import places
import processes

USER = "postgres"


def program(name):
    """Debian puts servers and their tools beside each other by version."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise processes.Failed(f"{name} is missing: install postgresql")
    return path


def as_user(command):
    """A server refuses to run as root."""
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command] if os.geteuid() == 0 else command


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="convene-bench-"))
        if os.geteuid() == 0:
            os.chown(self.folder, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)
        self.port, self.schemas = client.free_port(), 0
        data = self.folder / "data"
        self.run_quietly(as_user([program("initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C",
                                  f"--username={USER}", f"--pgdata={data}"]))
        self.child = processes.start(
            as_user([program("postgres"), "-D", data, "-p", self.port, "-k", self.folder, "-h", "127.0.0.1"]),
            core=processes.LOAD_CORE, directory=self.folder, output=places.SCRATCH / "postgres.log")
        processes.wait_until(lambda: self.answers("SELECT 1"), self.child, seconds=20)
        self.answers("CREATE ROLE convene LOGIN; CREATE ROLE convene_owner LOGIN SUPERUSER")

    def run_quietly(self, command):
        subprocess.run([str(word) for word in command], check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def answers(self, sql):
        return subprocess.run(
            [program("psql"), "-X", "-q", "-h", self.folder, "-p", str(self.port), "-U", USER, "-d", USER, "-c", sql],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def new_ledger(self):
        """An empty one, as a line of the configuration."""
        return self.new_ledgers(["bench"])[0]

    def new_ledgers(self, replicas):
        """An empty one that these share, as a line of each one's configuration."""
        self.schemas += 1
        schema = f"bench_{self.schemas}"
        host = f"@/{USER}?host={self.folder}&port={self.port}"
        self.run_quietly([convene.BINARY, "ledger", "migrate", "--url", f"postgresql://convene_owner{host}",
                          "--schema", schema, "--serving-role", "convene"])
        return [f'postgres: {{url: "postgresql://convene{host}", schema: {schema}, replica: {name}}}'
                for name in replicas]

    @contextlib.contextmanager
    def standby(self, milliseconds):
        """A synchronous one, with a network that takes so long each way between the two."""
        port, proxy = client.free_port(), client.free_port()
        data, options = self.folder / "standby", f"host=127.0.0.1 port={proxy} user={USER}"
        children = [processes.start([sys.executable, places.HERE / "delay.py", proxy, self.port, milliseconds],
                                    core=processes.LOAD_CORE, directory=self.folder, output=places.SCRATCH / "delay.log")]
        try:
            processes.wait_until(lambda: client.accepts(proxy), children[0])
            self.run_quietly(as_user([program("pg_basebackup"), "-D", data, "-d", options, "-R", "-X", "stream",
                                      "--checkpoint=fast"]))
            children.append(processes.start(
                as_user([program("postgres"), "-D", data, "-p", port, "-k", self.folder, "-h", "127.0.0.1"]),
                core=processes.LOAD_CORE, directory=self.folder, output=places.SCRATCH / "standby.log"))
            self.answers("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.answers("SELECT pg_reload_conf()")
            waits = "SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            processes.wait_until(lambda: self.answers(waits), children[1], pause=0.05)
            for child in children:
                processes.unpin(child)
            yield
        finally:
            self.answers("ALTER SYSTEM RESET synchronous_standby_names")
            self.answers("SELECT pg_reload_conf()")
            for child in reversed(children):
                processes.end(child)
            shutil.rmtree(data, ignore_errors=True)

    def commit_milliseconds(self, seconds):
        """What a commit of one row takes there, on the average: 100 a second, which leave the others their time."""
        script = self.folder / "commit.sql"
        script.write_text("INSERT INTO commits VALUES (1);\n")
        self.answers("CREATE TABLE IF NOT EXISTS commits (x int)")
        out = subprocess.run(
            [program("pgbench"), "-n", "-M", "prepared", "-R", "100", "-T", str(seconds), "-f", str(script),
             "-h", str(self.folder), "-p", str(self.port), "-U", USER, USER],
            capture_output=True, text=True, check=True).stdout
        late = re.search(r"rate limit schedule lag: avg ([0-9.]+)", out)
        return float(re.search(r"latency average = ([0-9.]+)", out)[1]) - float(late[1])


started = None


def shared():
    """Started when it is first wanted."""
    global started
    started = started or Server()
    return started


def end():
    global started
    if started:
        processes.end(started.child)
        time.sleep(0.2)
        shutil.rmtree(started.folder, ignore_errors=True)
        started = None
