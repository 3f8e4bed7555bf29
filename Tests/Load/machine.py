"""Where the figures come from: machine, versions, command."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import places


def said(command):
    """The first line that has a version in it."""
    try:
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    except OSError as error:
        return f"not there ({error.strerror})"
    lines = [line.strip() for line in (run.stdout + run.stderr).splitlines()]
    line = next((line for line in lines if re.search(r"\d+\.\d+", line)), "unknown")
    return line.removeprefix(str(command[0])).strip()


def processor():
    match = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.machine()


def distribution():
    match = re.search(r'^PRETTY_NAME="(.*)"$', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)
    return match.group(1) if match else "unknown"


def commit():
    return said(["git", "-C", places.CHECKOUT, "log", "-1", "--format=%h of %cs, v0.0"]).removesuffix(", v0.0")


def description(chosen):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"- {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, commit {commit()}",
        f"- {len(os.sched_getaffinity(os.getppid()))} cores of {processor()}, {memory:.0f} GiB, "
        f"Linux {platform.release()}, {distribution()}",
        f"- load on the machine before: {os.getloadavg()[0]:.2f}",
    ]
    lines += [f"- {contender.name} ({contender.what}): {said(contender.version)}" for contender in chosen]
    lines.append(f"- command: `Tests/Load/bench.py {' '.join(sys.argv[1:])}`".replace(" `", " `", 1))
    return "\n".join(lines)
