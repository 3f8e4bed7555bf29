"""The goals, each with what was measured: met, not met, or not measured in this run.

Megabytes are 2^20 bytes here and in the tables.
"""

import convene


class Goals:
    """`rows` are of measure.everything by name, or texts where a contender failed; `more` is what else was measured."""

    def __init__(self, rows, more):
        self.rows = {name: row for name, row in rows.items() if not isinstance(row, str)}
        self.more, self.lines = more, []

    def at_most(self, what, unit, limit, measure):
        """One line. `limit` and `measure` are functions: what they need may not have been measured."""
        try:
            bound, value = limit(), measure()
        except KeyError as missing:
            self.lines.append([what, "-", "-", f"not measured ({missing.args[0]})"])
            return
        verdict = "met" if value <= bound else "NOT MET"
        self.lines.append([what, f"{bound:.2f} {unit}", f"{value:.2f} {unit}", verdict])

    def at_least(self, what, unit, limit, measure):
        """The same the other way round."""
        self.at_most(what, unit, lambda: -limit(), lambda: -measure())
        name, bound, value, verdict = self.lines.pop()
        self.lines.append([name, f"least {bound.removeprefix('-')}", value.removeprefix("-"), verdict])

    def cpu(self, name):
        return self.rows[name]["cost"]["cpu"]

    def disk(self, *path):
        found = self.rows["convene-disk"]
        for step in path:
            found = found[step]
        return found

    def judged(self):
        cpu, disk, more = self.cpu, self.disk, self.more
        line = self.at_most
        line("CPU a request, in memory: Envoy x 1.1", "us", lambda: cpu("envoy") * 1.1, lambda: cpu("convene-memory"))
        line("CPU a request, on disk: Envoy x 1.6", "us", lambda: cpu("envoy") * 1.6, lambda: cpu("convene-disk"))
        line("CPU a request, on disk: below Traefik", "us", lambda: cpu("traefik"), lambda: cpu("convene-disk"))
        line("CPU a request, on disk: below Caddy", "us", lambda: cpu("caddy"), lambda: cpu("convene-disk"))
        line("CPU a request, on disk: nginx with Lua x 1.5", "us",
             lambda: cpu("nginx-lua") * 1.5, lambda: cpu("convene-disk"))
        line("added latency p50, on disk, 1,000/s: two fdatasync + 0.3", "ms",
             lambda: 2 * more["fdatasync"] + 0.3, lambda: disk("fixed", "p50"))
        line("added latency p99, on disk, 1,000/s", "ms", lambda: 5, lambda: disk("fixed", "p99"))
        line("CPU a request, in PostgreSQL: on disk x 1.25", "us",
             lambda: cpu("convene-disk") * 1.25, lambda: cpu("convene-postgres"))
        line("added latency p50, in PostgreSQL, 1,000/s: two of its commits + 0.5", "ms",
             lambda: 2 * more["commit"] + 0.5, lambda: self.rows["convene-postgres"]["fixed"]["p50"])
        self.at_least("16 replicas on one limit, one request at a time each", "/s", lambda: 1000, lambda: more["fleet"])
        self.at_least("the same with a standby 5 ms away", "/s", lambda: 600, lambda: more["fleet far"])
        line("a limit of 50/s, four replicas asked for 200/s: the most in a second", "", lambda: 51,
             lambda: more["fleet limit"][1])
        self.at_least("the same: the fewest", "", lambda: 49, lambda: more["fleet limit"][0])
        line("resident, idle", "MB", lambda: 14, lambda: disk("idle", "rss"))
        line("of that anonymous", "MB", lambda: 8, lambda: disk("idle", "anonymous"))
        line("resident, 1,000 connections in flight", "MB", lambda: 48, lambda: disk("loaded", "rss"))
        line("resident after all requests of --requests: as after a tenth, + 5 %", "MB",
             lambda: more["--requests"][0] * 1.05, lambda: more["--requests"][1])
        line("stripped static binary", "MB", lambda: 20, lambda: convene.BINARY.stat().st_size / 2**20)
        line("start to first answer, empty ledger", "ms", lambda: 30, lambda: disk("start"))
        line("start to first answer, 1,000,000 commands", "ms", lambda: 200, lambda: more["--long: start"])
        line("CPU a request with 5,000,000 commands: with 10,000 x 1.3", "us",
             lambda: more["--long: cost"][0] * 1.3, lambda: more["--long: cost"][1])
        line("p99 among 5,000 idle and 500 slow connections: alone x 1.1", "ms",
             lambda: more["crowd"][0] * 1.1, lambda: more["crowd"][1])
        return self.lines
