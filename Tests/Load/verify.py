"""Is a contender doing what it is measured for? Asked before and after every load."""

import json

import client
import processes
import request


def is_right(reply):
    """The upstream gives this reply only to who shows the token that a contender must inject."""
    return reply.status == 200 and reply.body == request.REPLY


def forwards(port):
    reply = client.post(port)
    if not is_right(reply):
        raise processes.Failed(f"wrong reply: {reply}")


def altered(**fields):
    body = json.loads(request.body(request.Identifiers.one()))
    body.update(fields)
    return json.dumps({name: value for name, value in body.items() if value is not None})


#: What a gateway with policy must refuse: a sentence, the request, the status.
REFUSALS = [
    ("a wrong key", {"key": "wrong"}, 401),
    ("malformed JSON", {"body": "{"}, 400),
    ("a missing field", {"body": altered(name=None)}, 422),
    ("a wrong type", {"body": altered(duration_minutes="5")}, 422),
    ("a value out of range", {"body": altered(max_participants=1000)}, 422),
    ("client_state that is no Base64", {"body": altered(client_state="?")}, 422),
    ("both hold fields", {"body": altered(hold_media_name="hold-1")}, 422),
    ("a name against the pattern", {"body": altered(name="a b")}, 403),
    ("a conference that is too long", {"body": altered(duration_minutes=241)}, 403),
    ("audio from elsewhere", {"body": altered(hold_audio_url="https://elsewhere.example.com/x.wav")}, 403),
    ("a region that is not allowed", {"body": altered(region="Australia")}, 403),
    ("two idempotency keys", {"headers": {"Idempotency-Key": "another"}}, 400),
]


def has_policy(port, upstream):
    """Refuses what it must, says what it changed, and answers a repeat by itself."""
    for sentence, words, status in REFUSALS:
        reply = client.post(port, **words)
        if reply.status != status:
            raise processes.Failed(f"{sentence} is answered with {reply}, not with {status}")
    body = request.body(request.Identifiers.one())
    first = client.post(port, body)
    if "max_participants;clamped" not in first.headers.get("convene-policy", ""):
        raise processes.Failed(f"max_participants is not clamped: {first.headers}")
    before = upstream.settled_requests()
    again = client.post(port, body)
    if again.body != first.body or "idempotent-replayed" not in again.headers or upstream.requests() != before:
        raise processes.Failed(f"a repeat is not replayed: {again}")
    other = client.post(port, body.replace("always", "never"))
    if other.status != 422:
        raise processes.Failed(f"another body with a known command_id is answered with {other}")
