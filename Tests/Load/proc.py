"""CPU time and memory of a process and its descendants, as /proc tells."""

import os
import pathlib

TICK = 1 / os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process, its children, theirs, ..."""
    found = [pid]
    for parent in found:
        for task in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pid):
    """User and system time of a family. The kernel's ticks are 10 ms: measure for seconds."""
    total = 0
    for member in family(pid):
        # After the name, which may hold spaces and brackets: state is the first field, utime and stime 12 and 13.
        fields = pathlib.Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK


def memory(pid):
    """Resident and, of that, anonymous megabytes of a family. Pages that its members share count for each."""
    sums = {"VmRSS": 0, "RssAnon": 0}
    for member in family(pid):
        for line in pathlib.Path(f"/proc/{member}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in sums:
                sums[name] += int(value.split()[0])
    return {"rss": sums["VmRSS"] / 1024, "anonymous": sums["RssAnon"] / 1024}
