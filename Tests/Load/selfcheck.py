"""Does the benchmark notice a contender that fails? Each of these has one thing wrong, and must not be measured."""

import contenders
import measure
import processes
import request

RIGHT = {"TOKEN": request.TOKEN, "LOCATION": "", "LIMIT": 1000}

#: A name; what is wrong; what the benchmark must say of it.
BROKEN = [
    ("wrong-header", {"TOKEN": "KEY-wrong"}, "it answered: 401"),
    ("wrong-body", {"LOCATION": "return 200 '{}';"}, "it answered: 200 '{}'"),
    ("answers-itself", {"LOCATION": f"return 200 '{request.REPLY}';"}, "but the upstream had"),
    ("refuses-under-load", {"LIMIT": 4}, "of them wrong"),
    ("no-policy", {}, "a wrong key is answered with 200"),
]


def run(upstream):
    """Whether one of them was measured, or found out for another reason than its own."""
    escaped = False
    for name, wrong, reason in BROKEN:
        broken = contenders.Contender(
            name, "broken", ["broken.conf"], contenders.proxy_nginx, ["nginx", "-v"],
            policy=name == "no-policy", values={**RIGHT, **wrong})
        try:
            measure.everything(broken, upstream, 1)
            said = "it was measured"
        except processes.Failed as failure:
            said = str(failure)
        found_out = reason in said
        escaped |= not found_out
        print(f"{'ok ' if found_out else 'BAD'} {name}: {said.splitlines()[0]}")
    return escaped
