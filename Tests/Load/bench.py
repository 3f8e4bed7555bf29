"""What Convene costs, beside what others cost. `make bench` installs what this needs and runs it; see convene.docc."""

import argparse
import shutil
import sys

import contenders
import disk
import endurance
import fleet
import load
import machine
import measure
import places
import postgres
import processes
import results
import selfcheck
from upstream import Upstream


# Milliseconds from a database to its standby, and as many back: it is 5 ms away.
FAR = 2.5


def arguments():
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    parser.add_argument("--only", help="names, with commas between: " + ", ".join(contenders.everyone()))
    parser.add_argument("--seconds", type=int, default=6, help="of each load (6)")
    parser.add_argument("--requests", type=int, help="so many requests on Convene: does its memory grow? (1000000)")
    parser.add_argument("--crowd", action="store_true", help="Convene among 5,000 idle and 500 slow connections")
    parser.add_argument("--long", action="store_true",
                        help="both of these, and ledgers of up to 5,000,000 commands (12 GB)")
    parser.add_argument("--record", action="store_true", help="write Tests/Load/RESULTS.md and the table in Performance.md")
    parser.add_argument("--self-check", action="store_true", help="see that contenders which fail are not measured")
    options = parser.parse_args()
    if options.record and options.only:
        parser.error("--record is for whole runs")
    if options.long:
        options.requests = options.requests or 1_000_000
    # A whole run has it anyway.
    options.crowd |= options.long or not options.only
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def attempt(what, work):
    """What `work` returns; or, as a text, why it means nothing."""
    say(what)
    try:
        return work()
    except (processes.Failed, OSError) as error:
        say(f"  NOT MEASURED: {error}")
        return str(error)


def further(options, upstream):
    """What is measured of Convene alone. What failed, and was said, is left out."""
    convene, seconds = contenders.everyone()["convene-disk"], options.seconds
    works = {}
    if not options.only:
        for name in ("envoy", "convene-memory", "convene-disk"):
            one = contenders.everyone()[name]
            works[f"awake {name}"] = lambda one=one: measure.latency_awake(one, upstream, seconds)
    if not options.only or "convene-postgres" in options.only.split(","):
        works["commit"] = lambda: measure.commit_under_load(contenders.everyone()["convene-postgres"], upstream, seconds)
        works["fleet"] = lambda: fleet.together(upstream, seconds)
        works["fleet far"] = lambda: fleet.together_far(upstream, seconds, FAR)
        works["fleet limit"] = lambda: fleet.evenness(upstream)
    if options.crowd:
        works["crowd"] = lambda: endurance.crowded(convene, upstream, seconds)
    if options.requests:
        works["--requests"] = lambda: endurance.memory_over(convene, upstream, options.requests)
    if options.long:
        works["--long: start"] = lambda: endurance.start_with(convene, upstream, 1_000_000)
        works["--long: cost"] = lambda: endurance.costs_with(convene, upstream, (10_000, 5_000_000), seconds)
    found = {name: attempt(name, work) for name, work in works.items()}
    return {name: value for name, value in found.items() if not isinstance(value, str)}


def main():
    options = arguments()
    known = contenders.everyone()
    names = options.only.split(",") if options.only else list(known)
    if unknown := set(names) - set(known):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    chosen = [known[name] for name in names]

    processes.prepare()
    shutil.rmtree(places.SCRATCH, ignore_errors=True)
    places.SCRATCH.mkdir(parents=True)
    load.prepare()
    neighbours = machine.Neighbours()
    upstream = Upstream(places.SCRATCH)
    if options.self_check:
        return selfcheck.run(upstream)
    more = {"fdatasync": disk.fdatasync_milliseconds()}
    rows = {one.name: attempt(f"{one.name}: {one.what}", lambda: measure.everything(one, upstream, options.seconds))
            for one in chosen}
    for number in range(2, measure.ROUNDS + 1):
        say(f"cost and latency at the fixed rate, round {number}")
        for one in chosen:
            if not isinstance(rows[one.name], str):
                rows[one.name] = attempt(f"  {one.name}", lambda: measure.cheaper(rows[one.name], one, upstream))
    more |= further(options, upstream)
    postgres.end()
    whole = results.text(chosen, rows, more, options, neighbours)
    print(whole)
    results.keep(whole, rows, options.record)
    return any(isinstance(row, str) for row in rows.values())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
