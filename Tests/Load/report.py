"""The table, as text that is Markdown as well."""


def table(head, rows):
    """Columns as wide as they must be: the first to the left, the others to the right."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]

    def line(cells):
        aligned = [cell.ljust(width) if index == 0 else cell.rjust(width)
                   for index, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(aligned) + " |"

    rule = "|" + "|".join("-" * (width + 2) if index == 0 else "-" * (width + 1) + ":"
                          for index, width in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


HEAD = ["contender", "CPU us/request", "requests/s", "core busy", "at 1,000/s p50", "p99", "p99.9",
        "at 50 % p50", "p99", "p99.9", "MB idle", "at 1,000 conn.", "after", "start ms"]


def goals(lines):
    return table(["goal", "at most", "measured", ""], lines)


def remarks(name, row):
    """What a reader must know who compares this row with others."""
    if isinstance(row, str):
        yield f"{name} was not measured: {row.splitlines()[0]}"
        return
    for load, words in (("fixed", "1,000/s"), ("half", "50 %")):
        if row[load]["late"] > 0.01:
            yield (f"{name} at {words}: the load generator itself sent {row[load]['late']:.0%} of the requests "
                   "more than 1 ms late; these latencies are partly its own")


def contenders(measured):
    """One row a contender. `measured` has its row, or the text of what was wrong with it."""
    rows = []
    for name, row in measured.items():
        if isinstance(row, str):
            rows.append([name, "not measured"] + ["-"] * (len(HEAD) - 2))
            continue
        memory = [f"{row[when]['rss']:.0f} ({row[when]['anonymous']:.0f})" for when in ("idle", "loaded", "after")]
        latencies = [f"{row[load][part]:.2f}" for load in ("fixed", "half") for part in ("p50", "p99", "p99.9")]
        rows.append([name, f"{row['cost']['cpu']:.1f}", f"{row['cost']['rate']:,.0f}", f"{row['cost']['busy']:.0%}",
                     *latencies, *memory, f"{row['start']:.0f}"])
    notes = [note for name, row in measured.items() for note in remarks(name, row)]
    return "\n\n".join([table(HEAD, rows), *notes])
