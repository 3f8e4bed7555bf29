"""Children of the benchmark: pinned, and ended whatever happens to the benchmark itself."""

import atexit
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time

import places
import proc

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

# What is measured has a core for itself; upstream and load generator share the other.
LOAD_CORE, CONTENDER_CORE = 0, 1

running = []


class Failed(Exception):
    """Something that is measured, or that measures, did not do what it must: its figures would mean nothing."""


def prepare():
    """Lets the children have many connections, and makes Ctrl-C and SIGTERM end them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    enough = min(hard, 20000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, enough))
    if len(os.sched_getaffinity(0)) < 2:
        raise Failed("two cores are needed: one for the contender, one for upstream and load")
    os.sched_setaffinity(0, {LOAD_CORE})
    atexit.register(end_all)
    # SIGINT as well: a shell lets what it starts in the background ignore it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def start(command, *, core, directory, output, env=None):
    """Starts a process with its output in a file. It dies with the benchmark, even where that is killed."""
    def become():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, {core})
        os.setpgid(0, 0)

    with open(output, "ab") as log:
        child = subprocess.Popen([str(word) for word in command], cwd=directory, env=env, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log, preexec_fn=become)
    child.log = output
    running.append(child)
    return child


def unpin(child):
    """Lets a process and its children use both cores."""
    for member in proc.family(child.pid):
        for thread in os.listdir(f"/proc/{member}/task"):
            os.sched_setaffinity(int(thread), {LOAD_CORE, CONTENDER_CORE})


@contextlib.contextmanager
def awake():
    """Both cores stay awake meanwhile: what a virtual machine needs to wake one is no part of what is measured."""
    children = [start([sys.executable, places.HERE / "spin.py", core], core=core, directory=places.SCRATCH,
                      output=places.SCRATCH / "spin.log") for core in (LOAD_CORE, CONTENDER_CORE)]
    try:
        yield
    finally:
        for child in children:
            end(child)


def end(child, patience=20):
    """Ends a process and its children: politely, then not. Returns its exit status."""
    if child in running:
        running.remove(child)
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return child.wait()


def end_all():
    for child in list(running):
        end(child, patience=3)


def last_words(child, lines=4):
    """The end of what a process said, for an error message."""
    with open(child.log, errors="replace") as log:
        return " | ".join(line.strip() for line in log.readlines()[-lines:])


def wait_until(condition, child, seconds=20, pause=0.0005):
    """Waits for a condition of a process that may end meanwhile, and returns what made it true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        if child.poll() is not None:
            raise Failed(f"ended with status {child.returncode}: {last_words(child)}")
        time.sleep(pause)
    raise Failed(f"not ready after {seconds} s: {last_words(child)}")
