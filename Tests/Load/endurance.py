"""What only shows with much: many commands remembered, many requests answered, many connections that do nothing."""

import shutil
import statistics
import sys
import time

import fill
import load
import measure
import places
import processes
from running import Running, running


def filled_ledger(contender, upstream, count):
    """A ledger of this version with so many commands, made by Convene itself and multiplied. Returns its path."""
    process = Running(contender, upstream)
    process.check()
    process.end()
    path = places.SCRATCH / f"filled-{count}.db"
    shutil.move(places.SCRATCH / contender.name / "ledger.db", path)
    print(f"  filling a ledger with {count:,} commands", file=sys.stderr, flush=True)
    fill.fill(path, count)
    return path


def put(ledger):
    """For `Running`: moves a filled ledger to where the contender looks for it."""
    return lambda directory: shutil.move(ledger, directory / "ledger.db")


def remove_ledger(process):
    """It is some gigabytes, and nobody looks at it again."""
    for file in process.file.parent.glob("ledger.db*"):
        file.unlink()


def start_with(contender, upstream, count):
    """Milliseconds from start to first answer with so many commands: the median of some starts."""
    process = Running(contender, upstream, put(filled_ledger(contender, upstream, count)))
    times = [process.first_answer]
    for _ in range(measure.STARTS - 1):
        process.end()
        process.start()
        times.append(process.first_answer)
    process.end()
    remove_ledger(process)
    return statistics.median(times)


def costs_with(contender, upstream, counts, seconds):
    """CPU microseconds a request with so many commands remembered, for each of the counts: the least of some rounds."""
    ledgers = [filled_ledger(contender, upstream, count) for count in counts]
    costs = [[] for _ in counts]
    for _ in range(3):
        for ledger, found in zip(ledgers, costs):
            with running(contender, upstream, put(ledger)) as process:
                load.closed_loop(process.port, 2)
                found.append(measure.cost(process, seconds)["cpu"])
            shutil.move(process.file.parent / "ledger.db", ledger)
    for ledger in ledgers:
        ledger.unlink()
    return [min(found) for found in costs]


def memory_over(contender, upstream, requests):
    """Resident megabytes after a tenth of so many requests, and after all."""
    with running(contender, upstream) as process:
        answered, early = 0, None
        while answered < requests:
            answered += load.closed_loop(process.port, 5)["replies"]
            if early is None and answered >= requests / 10:
                early = process.memory()["rss"]
        time.sleep(0.5)
        return early, process.memory()["rss"]


def crowded(contender, upstream, seconds, idle=5000, slow=500, rounds=3):
    """The p99 at the fixed rate without the crowd and with it, alternating: the median of the rounds each."""
    alone, among = [], []
    with running(contender, upstream) as process:
        load.closed_loop(process.port, 1)
        for _ in range(rounds):
            alone.append(load.open_loop(process.port, measure.FIXED_RATE, seconds)["p99"])
            output = places.SCRATCH / "crowd.log"
            output.write_bytes(b"")
            crowd = processes.start([sys.executable, places.HERE / "crowd.py", process.port, idle, slow],
                                    core=processes.LOAD_CORE, directory=places.HERE, output=output)
            try:
                processes.wait_until(lambda: "ready" in output.read_text(), crowd, seconds=60, pause=0.05)
                among.append(load.open_loop(process.port, measure.FIXED_RATE, seconds)["p99"])
                if crowd.poll() is not None:
                    raise processes.Failed(f"the crowd left: {processes.last_words(crowd)}")
            finally:
                processes.end(crowd)
    return statistics.median(alone), statistics.median(among)
