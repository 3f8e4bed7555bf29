"""Replicas that share a ledger and one limit of the organization: what they do together, and how exactly they keep it."""

import collections
import contextlib
import http.client
import threading
import time

import contenders
import load
import postgres
import processes
import request
from running import Running

REPLICAS = 16
# Of the limit that is reached: requests a second.
ALLOWED, ASKED, ASKERS = 50, 200, 4


@contextlib.contextmanager
def fleet(count, upstream, **limit):
    """So many gateways on one new ledger; each has answered rightly once. All of them and the database share both cores."""
    processes.unpin(postgres.shared().child)
    names = [f"replica-{number + 1}" for number in range(count)]
    replicas = []
    try:
        for name, ledger in zip(names, postgres.shared().new_ledgers(names)):
            contender = contenders.convene_contender(f"convene-{name}", "one of several", ledger, **limit)
            replicas.append(Running(contender, upstream))
            processes.unpin(replicas[-1].child)
        yield replicas
    finally:
        for replica in replicas:
            replica.end()


def at_once(work, arguments):
    """Runs the same for each, in threads; what they return, or the first error."""
    found, failures = [None] * len(arguments), []

    def run(index):
        try:
            found[index] = work(arguments[index])
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(arguments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return found


def together(upstream, seconds):
    """Requests a second of all replicas, each asked for one at a time."""
    with fleet(REPLICAS, upstream) as replicas:
        results = at_once(lambda replica: load.closed_loop(replica.port, seconds, connections=1), replicas)
        return sum(result["rate"] for result in results)


def together_far(upstream, seconds, milliseconds):
    """The same with a synchronous standby, so far from its primary."""
    with postgres.shared().standby(milliseconds):
        return together(upstream, seconds)


def passes(port, rate, seconds, began):
    """When each of the requests was let through, at a fixed rate."""
    times, connection = [], http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {request.KEY}"}
    for number in range(int(rate * seconds)):
        time.sleep(max(0, began + number / rate - time.monotonic()))
        connection.request("POST", request.PATH, request.body(request.Identifiers.one()), headers)
        reply = connection.getresponse()
        reply.read()
        if reply.status not in (200, 429):
            raise processes.Failed(f"a request beyond a limit had {reply.status}")
        if reply.status == 200:
            times.append(time.monotonic())
    connection.close()
    return times


def evenness(upstream, seconds=20):
    """Of a limit that four replicas are asked for four times over: the fewest and the most that pass in a second."""
    with fleet(ASKERS, upstream, ALLOW=ALLOWED, BURST=10) as replicas:
        # The phase of each is its own.
        now = time.monotonic() + 0.2
        phased = [(replica.port, now + number / ASKED) for number, replica in enumerate(replicas)]
        times = at_once(lambda one: passes(one[0], ASKED / ASKERS, seconds, one[1]), phased)
    first = now + 1
    counts = collections.Counter(int(moment - first) for list_ in times for moment in list_ if moment >= first)
    whole = [counts[second] for second in range(seconds - 2)]
    return min(whole), max(whole)
