"""The two loads: closed loop (wrk) for cost and throughput, open loop (openloop.c) for latency.

Both give every request a command id of its own, and both raise where a single reply is not the right one.
"""

import json
import subprocess
import tempfile

import places
import processes
import request

OPEN_LOOP = places.SCRATCH.parent / "openloop"
CONNECTIONS = 32


def prepare():
    """Compiles the open loop's generator, and writes the files that the generators read."""
    source = places.HERE / "openloop.c"
    if not OPEN_LOOP.exists() or OPEN_LOOP.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["cc", "-O2", "-Wall", "-o", OPEN_LOOP, source], check=True)
    for name, key in (("contender", request.KEY), ("upstream", request.TOKEN)):
        (places.SCRATCH / f"request-{name}").write_text(request.template(key))
    (places.SCRATCH / "reply").write_text(request.REPLY)


def run(command, name, seconds):
    """Runs a generator to its end and returns what it says on standard output."""
    # Several may run at once.
    with tempfile.NamedTemporaryFile(dir=places.SCRATCH, prefix="load-", mode="r", errors="replace") as output:
        child = processes.start(command, core=processes.LOAD_CORE, directory=places.SCRATCH, output=output.name)
        try:
            status = child.wait(timeout=seconds + 60)
        except subprocess.TimeoutExpired:
            raise processes.Failed(f"{name} does not end") from None
        finally:
            processes.end(child)
        text = output.read()
    if status != 0:
        raise processes.Failed(f"{name}: {text.strip()[-300:]}")
    return text


def judged(result, name, text):
    if result["wrong"] or result["failed"] or not result["replies"]:
        raise processes.Failed(f"{name}: {result['replies']} replies, {result['wrong']} of them wrong, "
                               f"{result['failed']} requests without one: {text.strip()[:300]}")
    return result


def closed_loop(port, seconds, connections=CONNECTIONS):
    """As many requests as are answered, each connection sending as soon as it has its reply."""
    text = run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
                "-s", places.HERE / "closed.lua", f"http://127.0.0.1:{port}{request.PATH}", "--",
                "request-contender", request.Identifiers.load()], "wrk", seconds)
    line = next(line for line in text.splitlines() if line.startswith("RESULT "))
    result = judged(json.loads(line.removeprefix("RESULT ")), "closed loop", text)
    result["rate"] = result["replies"] / result["seconds"]
    return result


def open_loop(port, rate, seconds, template="request-contender", connections=256):
    """Requests at fixed times. Latencies in milliseconds from the time when each was due."""
    text = run([OPEN_LOOP, port, rate, seconds, connections, template, request.Identifiers.load(),
                "reply"], "open loop", seconds)
    return judged(json.loads(text.splitlines()[-1]), "open loop", text)


def direct(upstream, rate, seconds):
    """The same without anything in between."""
    return open_loop(upstream.plain_port, rate, seconds, "request-upstream")
