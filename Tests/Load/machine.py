"""Where the figures come from: machine, versions, command."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import places
import proc


def version(command):
    """The first thing that a command says of itself that looks like a version."""
    try:
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    except OSError as error:
        return f"not there ({error.strerror})"
    match = re.search(r"\d+\.\d+\.\d[\w.+-]*", run.stdout + run.stderr)
    return match.group(0) if match else "unknown"


def processor():
    match = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.machine()


def distribution():
    match = re.search(r'^PRETTY_NAME="(.*)"$', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)
    return match.group(1) if match else "unknown"


def commit():
    git = ["git", "-C", places.CHECKOUT]
    run = subprocess.run([*git, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return run.stdout.strip() or "unknown"


def busy_seconds():
    """CPU time of all that runs on this machine, since its start."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) * proc.TICK


class Neighbours:
    """What others did on this machine meanwhile: much of it, and the figures are not what they would be without."""

    def __init__(self):
        self.began, self.others = time.monotonic(), self.so_far()

    @staticmethod
    def so_far():
        own = os.times()
        ended = own.children_user + own.children_system
        return busy_seconds() - ended - proc.cpu_seconds(os.getpid())

    def __str__(self):
        cores = max(0, self.so_far() - self.others) / (time.monotonic() - self.began)
        return f"other processes on the machine meanwhile: {cores:.0%} of a core"


def description(chosen, neighbours):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"- {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, commit {commit()}",
        f"- {os.cpu_count()} cores of {processor()}, {memory:.0f} GiB, Linux {platform.release()}, {distribution()}",
        f"- {neighbours}",
    ]
    lines += [f"- {contender.name} ({contender.what}): {version(contender.version)}" for contender in chosen]
    lines.append(f"- command: `{' '.join(['Tests/Load/bench.py', *sys.argv[1:]])}`")
    return "\n".join(lines)
