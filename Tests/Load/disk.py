"""What the disk under the ledger costs: the measure for what a durable answer can't be faster than."""

import os
import statistics
import time

import places


def fdatasync_milliseconds(times=200):
    """The median of appending a page to a file and syncing it, on the disk where the ledger is."""
    took = []
    path = places.SCRATCH / "fdatasync"
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return statistics.median(took)
