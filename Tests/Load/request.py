"""The one request of the benchmark, and the one reply: the same bytes for every contender, but for the command id.

The id has a fixed width, so that a load generator can put it in without counting Content-Length anew.
Micro/Request.swift has the same two texts.
"""

import json

TOKEN = "KEY-obviously-fake-upstream"
KEY = "convene-demo-key-not-a-secret"
PATH = "/v2/conferences"
ID_WIDTH = 24
SCATTER = 2654435
PLACEHOLDER = "#" * ID_WIDTH

# Valid under config/, whose policy sets comfort_noise and clamps max_participants.
BODY = json.dumps({
    "call_control_id": "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg",
    "name": "Business",
    "beep_enabled": "always",
    "client_state": "aGF2ZSBhIG5pY2UgZGF5ID1d",
    "command_id": PLACEHOLDER,
    "duration_minutes": 5,
    "hold_audio_url": "http://www.example.com/audio.wav",
    "start_conference_on_create": False,
    "max_participants": 250,
}, separators=(",", ":"))

# The example of Telnyx's own documentation.
REPLY = json.dumps({"data": {
    "record_type": "conference",
    "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "name": "Business",
    "created_at": "2019-01-23T18:10:02.574Z",
    "expires_at": "2019-01-23T18:11:52.574Z",
    "updated_at": "2019-01-23T18:10:02.574Z",
    "region": "sv1",
    "status": "init",
    "end_reason": "all_left",
    "ended_by": {"call_control_id": "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg",
                 "call_session_id": "428c31b6-abf3-3bc1-b7f4-5013ef9657c1"},
    "connection_id": "1684641123236054244",
}}, separators=(",", ":"))


class Identifiers:
    """Command ids that no other load of this run has: the number of the request, of the load, and of the request again.

    The first is scattered, as the ids of real callers are: neighbours in time are no neighbours in an index.
    """

    loads = 0

    @classmethod
    def load(cls):
        cls.loads += 1
        return cls.loads

    @classmethod
    def one(cls):
        return identifier(cls.load(), 0)


def identifier(load, number):
    """As closed.lua and openloop.c make them."""
    return f"{number * SCATTER % 2**32:08x}-{load:05d}-{number:09d}"


def body(identifier):
    return BODY.replace(PLACEHOLDER, identifier)


def head(authorization):
    return (f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {authorization}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n")


def template(authorization=KEY):
    """What a load generator sends, with the placeholder in it."""
    return head(authorization) + BODY
