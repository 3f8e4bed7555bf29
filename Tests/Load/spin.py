"""Keeps a core from going to sleep, with whatever time nobody else wants: `spin.py CORE`. Ends with its parent."""

import os
import sys

os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True:
    pass
