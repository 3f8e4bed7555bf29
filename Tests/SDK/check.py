"""Creates conferences, and uses them, with Telnyx's official Python SDK, unmodified but for its base URL.

Starts the release binaries on free ports with a configuration of its own, and ends them. Run by `make sdk`.
"""

import atexit
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import telnyx

BINARIES = pathlib.Path(__file__).resolve().parents[2] / ".build" / "release"
TOKEN = "KEY-obviously-fake-upstream"
KEY = "key-of-the-sdk-check"
OTHER_KEY = "key-of-another-team"

GATEWAY = """
version: 1
organization: example
server: {{listen: [127.0.0.1:0]}}
upstream:
  url: {upstream}
  tokens: [{{env: TELNYX_API_KEY}}]
  connect_timeout: 1s
  attempt_timeout: 2s
  deadline: 5s
  attempts: 2
ledger: {{path: ledger.db}}
audit: {{sinks: [stdout]}}
policy:
  max_participants: {{max: 200, over: clamp}}
  hold_audio_url: {{allow: ["https://media.example.com/hold/"]}}
limits:
  - {{name: few, per: caller, allow: {allow}, every: 1h, burst: {allow}}}
calls: {{allow: [read, participants, recording]}}
teams: [sdk.yaml, other.yaml]
"""
TEAM = """
version: 1
team: {team}
callers: [{{name: sdk, key_sha256: "{digest}"}}]
"""
# It may not record.
CALLS = "calls: {allow: [read, participants]}"


class Process:
    """A child whose JSON lines on one stream are awaited."""

    def __init__(self, *command, stream, env=None):
        self.child = subprocess.Popen(command, env=env, text=True, **{"stdout": subprocess.DEVNULL, stream: subprocess.PIPE})
        self.stream = getattr(self.child, stream)
        # Where a check fails nobody ends it.
        atexit.register(self.child.kill)

    def wait_for(self, message):
        for line in self.stream:
            if line.startswith("{") and json.loads(line).get("message") == message:
                return json.loads(line)
        raise SystemExit(f"it ended before it said {message!r}")

    def end(self):
        self.child.terminate()
        return self.child.wait(timeout=30)


class Gateway(Process):
    def __init__(self, upstream, allow=100):
        self.directory = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.directory.name)
        (folder / "gateway.yaml").write_text(GATEWAY.format(upstream=upstream, allow=allow))
        for team, key, more in [("sdk", KEY, CALLS), ("other", OTHER_KEY, "")]:
            digest = hashlib.sha256(key.encode()).hexdigest()
            (folder / f"{team}.yaml").write_text(TEAM.format(team=team, digest=digest) + more)
        super().__init__(
            BINARIES / "convene", "serve", "--config", folder / "gateway.yaml",
            stream="stderr", env={"TELNYX_API_KEY": TOKEN},
        )
        self.address = self.wait_for("listening")["address"]

    def client(self, key=KEY, **options):
        return telnyx.Telnyx(api_key=key, base_url=f"http://{self.address}/v2", **options)


def expect(name, exception, call, *, status, says):
    """The call must raise exactly this exception type, with this status and these words."""
    try:
        call()
    except telnyx.APIStatusError as error:
        assert type(error) is exception, f"{name}: {type(error)}"
        assert error.status_code == status, f"{name}: {error.status_code}"
        assert says in str(error), f"{name}: {error}"
        print(f"ok  {name}: {type(error).__name__}: {str(error)[:160]}")
    else:
        raise AssertionError(f"{name}: nothing was raised")


def check_calls(upstream):
    """What a client does with its conferences through the one object that it has. Another team's are not there for it."""
    gateway = Gateway(upstream)
    conferences, other = gateway.client().conferences, gateway.client(OTHER_KEY).conferences
    actions = conferences.actions
    mine = conferences.create(call_control_id="v3:1", name="calls-1").data.id
    second = conferences.create(call_control_id="v3:4", name="calls-2").data.id
    theirs = other.create(call_control_id="v3:5", name="calls-3").data.id

    def ok(action, **body):
        assert action(mine, **body).data.result == "ok"

    def those(holds):
        return {row.call_control_id for row in conferences.list_participants(mine) if holds(row)}

    ok(actions.join, call_control_id="v3:2")
    ok(actions.join, call_control_id="v3:3")
    assert those(lambda row: True) == {"v3:1", "v3:2", "v3:3"}
    ok(actions.mute, call_control_ids=["v3:2"])
    assert those(lambda row: row.muted) == {"v3:2"}
    expect("hold with other audio", telnyx.PermissionDeniedError, status=403, says="hold_audio_url.allow",
           call=lambda: actions.hold(mine, audio_url="https://elsewhere.example.com/x.wav"))
    assert those(lambda row: row.on_hold) == set()
    ok(actions.hold, call_control_ids=["v3:3"], audio_url="https://media.example.com/hold/a.wav")
    assert those(lambda row: row.on_hold) == {"v3:3"}
    print("ok  join, list participants, mute, hold")

    assert [row.id for row in conferences.list(filter={"name": "calls-1"})] == [mine]
    # The SDK goes on to the next page as long as `meta` says that there is one.
    assert {row.id for row in conferences.list(page_size=1)} == {mine, second}
    assert [row.id for row in other.list()] == [theirs]
    assert list(other.list(filter={"name": "calls-1"})) == []
    print("ok  list: each team its own")
    for team, conference in [(conferences, theirs), (other, mine), (conferences, "calls-1")]:
        for call in [team.retrieve, team.list_participants, team.actions.end_conference]:
            expect(f"{call.__name__} of what is not the team's", telnyx.NotFoundError, status=404, says="calls.scope",
                   call=lambda: call(conference))

    expect("record_start", telnyx.PermissionDeniedError, status=403, says="calls.allow",
           call=lambda: actions.record_start(mine, format="wav"))
    assert other.actions.record_start(theirs, format="wav").data.result == "ok"
    ok(actions.end_conference)
    found = [conferences.retrieve(mine), conferences.retrieve(second), other.retrieve(theirs)]
    assert [conference.data.status == "completed" for conference in found] == [True, False, False]
    received = json.load(urllib.request.urlopen(upstream.removesuffix("/v2") + "/simulator/calls"))["received"]
    assert [row["action"] for row in received if row["action"]] == ["join", "join", "mute", "hold", "record_start", "end"]
    assert {row["authorization"] for row in received} == {f"Bearer {TOKEN}"}
    print("ok  record where it is allowed, end")
    assert gateway.end() == 0


def main():
    simulator = Process(BINARIES / "telnyx-simulator", "--listen", "127.0.0.1:0", "--token", TOKEN, stream="stdout")
    upstream = f"http://{simulator.wait_for('listening')['address']}/v2"
    journal = upstream.removesuffix("/v2") + "/simulator/journal"

    gateway = Gateway(upstream)
    conferences = gateway.client().conferences
    conference = conferences.create(call_control_id="v3:sdk", name="sdk-1", max_participants=250)
    assert conference.data.name == "sdk-1" and conference.data.id
    executed = json.load(urllib.request.urlopen(journal))["executed"]
    assert [row["authorization"] for row in executed] == [f"Bearer {TOKEN}"]
    assert executed[0]["body"]["max_participants"] == 200
    print(f"ok  create: {conference.data.id}")

    expect("bad beep_enabled", telnyx.UnprocessableEntityError, status=422, says="beep_enabled",
           call=lambda: conferences.create(call_control_id="v3:sdk", name="sdk-2", beep_enabled="often"))
    expect("name is taken (Telnyx's own error)", telnyx.UnprocessableEntityError, status=422, says="90033",
           call=lambda: conferences.create(call_control_id="v3:sdk", name="sdk-1"))
    expect("policy", telnyx.PermissionDeniedError, status=403, says="hold_audio_url.allow",
           call=lambda: conferences.create(call_control_id="v3:sdk", name="sdk-3", start_conference_on_create=False,
                                           hold_audio_url="https://elsewhere.example.com/x.wav"))
    stranger = telnyx.Telnyx(api_key="nobody", base_url=f"http://{gateway.address}/v2").conferences
    expect("wrong key", telnyx.AuthenticationError, status=401, says="Authentication failed",
           call=lambda: stranger.create(call_control_id="v3:sdk", name="sdk-4"))
    assert gateway.end() == 0

    limited = Gateway(upstream, allow=1)
    once = limited.client(max_retries=0).conferences
    once.create(call_control_id="v3:sdk", name="sdk-5")
    expect("rate limit", telnyx.RateLimitError, status=429, says="10011",
           call=lambda: once.create(call_control_id="v3:sdk", name="sdk-6"))
    assert limited.end() == 0

    check_calls(upstream)

    # A create that is lost on the way is sent again by the gateway, and an SDK's own retry joins it: one conference.
    urllib.request.urlopen(urllib.request.Request(
        upstream.removesuffix("/v2") + "/simulator/faults", data=b'["close-after"]', method="POST"))
    retried = Gateway(upstream)
    before = len(json.load(urllib.request.urlopen(journal))["executed"])
    retried.client().conferences.create(call_control_id="v3:sdk", name="sdk-7")
    assert len(json.load(urllib.request.urlopen(journal))["executed"]) == before + 1
    print("ok  lost reply: one conference")
    assert retried.end() == 0
    assert simulator.end() == 0

    unreachable = Gateway(upstream)
    gone = unreachable.client(max_retries=0).conferences
    expect("Telnyx is unreachable", telnyx.InternalServerError, status=503, says="nothing was sent",
           call=lambda: gone.create(call_control_id="v3:sdk", name="sdk-8"))
    assert unreachable.end() == 0
    print(f"all as promised, with telnyx {telnyx.__version__}")


if __name__ == "__main__":
    sys.exit(main())
