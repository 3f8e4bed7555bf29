"""The text of a run, and where it goes."""

import re

import goals
import machine
import places
import report

RESULTS = places.HERE / "RESULTS.md"
PAGE = places.CHECKOUT / "Sources/convene/convene.docc/Performance.md"
LATEST = places.SCRATCH.parent / "results.md"


def text(chosen, rows, more, options, neighbours):
    """Everything that is known of the figures, then the figures."""
    return f"""# Results

Each contender has one core; upstream and load have the other. Every request is a `POST /v2/conferences` of its own
`command_id`; the upstream speaks TLS, is verified, and answers at once. CPU is user and system time of all of a
contender's processes in a closed loop of 32 connections, {options.seconds} s, then five times 2 s in turn with the others,
of which the cheapest counts: neighbours on the same hardware come and go. Where a contender's core was not busy, upstream and
load were the limit of requests/s. Latency is what a load at a fixed rate sees through the contender, counted from when
each request was due, minus what it sees at the upstream without TLS; milliseconds; at 1,000/s the round with the least p50. Memory is resident, in brackets the anonymous part of it, pages shared between processes counted for each. Start
is to the first right answer.

{machine.description(chosen, neighbours)}
- one append and fdatasync on the ledger's disk: {more["fdatasync"]:.2f} ms (median of 200)

## Contenders

{report.contenders(rows)}

## Goals

"Envoy" is its row with HTTP/1.1 upstream. 1 MB is 2^20 bytes.

{report.goals(goals.Goals(rows, more).judged())}
{awake(more)}"""


def awake(more):
    """Why the p50 is as it is."""
    found = [f"{name.removeprefix('awake ')} {value:.2f}" for name, value in more.items() if name.startswith("awake ")]
    return f"""
At 1,000/s a core sleeps between two requests, and a virtual machine takes long to wake one. Where processes of idle
priority keep both awake, p50 is: {", ".join(found)} ms.
""" if found else ""


def keep(whole, rows, record):
    """Writes the latest results; `record` also writes those that are committed, and the documentation's table."""
    LATEST.write_text(whole)
    if not record:
        return
    RESULTS.write_text(whole)
    marked = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)
    shown = report.contenders(rows)
    PAGE.write_text(marked.sub(lambda found: f"{found.group(1)}{shown}\n{found.group(2)}", PAGE.read_text()))
