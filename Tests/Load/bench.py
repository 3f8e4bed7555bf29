"""What Convene costs, beside what others cost. `make bench` installs what this needs and runs it; README explains it."""

import argparse
import shutil
import sys

import contenders
import load
import measure
import places
import processes
import report
from upstream import Upstream


def arguments():
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    parser.add_argument("--only", help="names, with commas between: " + ", ".join(contenders.everyone()))
    parser.add_argument("--seconds", type=int, default=8, help="of each load (8)")
    return parser.parse_args()


def measured(contender, upstream, seconds):
    """Its row; or why there is none."""
    print(f"{contender.name}: {contender.what}", file=sys.stderr, flush=True)
    try:
        return measure.everything(contender, upstream, seconds)
    except (processes.Failed, OSError) as error:
        print(f"  NOT MEASURED: {error}", file=sys.stderr, flush=True)
        return str(error)


def main():
    options = arguments()
    everyone = contenders.everyone()
    chosen = options.only.split(",") if options.only else list(everyone)
    processes.prepare()
    shutil.rmtree(places.SCRATCH, ignore_errors=True)
    places.SCRATCH.mkdir(parents=True)
    load.prepare()
    upstream = Upstream(places.SCRATCH)
    rows = {name: measured(everyone[name], upstream, options.seconds) for name in chosen}
    print(report.contenders(rows))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
