"""What is measured of one contender: start, idle memory, cost, latency, memory under load."""

import statistics
import threading
import time

import load
import postgres
import processes
from running import Running, running

STARTS = 5
FIXED_RATE = 1000
MANY = 1000
# Of a cost, and of the latency at the fixed rate. A neighbour on the same hardware makes everything dearer for a while:
# the least of some rounds counts, and in each round all contenders have their turn.
ROUNDS = 6


def start_time(contender, upstream):
    """Milliseconds from start to first answer: the median of some starts, each with an empty ledger."""
    times = []
    for _ in range(STARTS):
        process = Running(contender, upstream)
        times.append(process.first_answer)
        process.check()
        process.end()
    return statistics.median(times)


def cost(process, seconds, connections=load.CONNECTIONS):
    """A closed loop, with the CPU microseconds that the contender spent on each request.

    The upstream must have had every one of them: an answer from memory, or a second send, is no proxying.
    """
    seen = process.upstream.settled_requests()
    spent, began = process.cpu_seconds(), time.monotonic()
    result = load.closed_loop(process.port, seconds, connections)
    result["busy"] = (process.cpu_seconds() - spent) / (time.monotonic() - began)
    result["cpu"] = (process.cpu_seconds() - spent) / result["replies"] * 1e6
    sent = process.upstream.settled_requests() - seen
    # At the end of a closed loop each connection has a request under way.
    if not result["replies"] <= sent <= result["replies"] + connections:
        raise processes.Failed(f"{result['replies']} replies, but the upstream had {sent} requests")
    return result


def cheaper(row, contender, upstream, seconds=2):
    """The row, with its cost and its latency at the fixed rate measured again, each if that was less."""
    with running(contender, upstream) as process:
        load.closed_loop(process.port, 1)
        again, latency = cost(process, seconds), added_latency(process, FIXED_RATE, seconds)
    return row | {"cost": min(row["cost"], again, key=lambda found: found["cpu"]),
                  "fixed": min(row["fixed"], latency, key=lambda found: found["p50"])}


def added_latency(process, rate, seconds):
    """Percentiles through the contender, minus those of the same load on the upstream itself; milliseconds."""
    through = load.open_loop(process.port, rate, seconds)
    direct = load.direct(process.upstream, rate, seconds)
    return {name: through[name] - direct[name] for name in ("p50", "p99", "p99.9")} | {
        "late": through["late"] / through["replies"]}


def commit_under_load(contender, upstream, seconds):
    """What a commit of one row takes in the database whose ledger has the fixed rate; milliseconds.

    Beside the load, since what that leaves of the machine is what the gateway's own commits have as well.
    """
    with running(contender, upstream) as process:
        load.closed_loop(process.port, 1)
        loading = threading.Thread(target=lambda: load.open_loop(process.port, FIXED_RATE, seconds + 1))
        loading.start()
        try:
            time.sleep(0.5)
            return postgres.started.commit_milliseconds(seconds)
        finally:
            loading.join()


def latency_awake(contender, upstream, seconds):
    """The added p50 at the fixed rate where no core goes to sleep: the least of three."""
    found = []
    for _ in range(3):
        with running(contender, upstream) as process, processes.awake():
            load.closed_loop(process.port, 1)
            found.append(added_latency(process, FIXED_RATE, seconds)["p50"])
    return min(found)


def largest_memory(process, work):
    """What `work` returns, and the most memory that the contender had meanwhile."""
    samples, done = [process.memory()], threading.Event()

    def watch():
        while not done.wait(0.1):
            samples.append(process.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result = work()
    finally:
        done.set()
        watcher.join()
    return result, max(samples, key=lambda sample: sample["rss"])


def everything(contender, upstream, seconds):
    """The row of one contender. Raises Failed where it does not do what it is measured for."""
    row = {"start": start_time(contender, upstream)}
    with running(contender, upstream) as process:
        # Convene lets go of what only its start has needed when that is 3 s ago.
        time.sleep(4)
        row["idle"] = process.memory()
        load.closed_loop(process.port, 1)
        row["cost"] = cost(process, seconds)
        row["fixed"] = added_latency(process, FIXED_RATE, seconds)
        process.check()
        row["half"] = added_latency(process, row["cost"]["rate"] / 2, seconds)
        _, row["loaded"] = largest_memory(process, lambda: load.closed_loop(process.port, max(2, seconds // 2), MANY))
        time.sleep(0.5)
        row["after"] = process.memory()
    return row
