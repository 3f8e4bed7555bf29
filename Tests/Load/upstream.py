"""The upstream: nginx with TLS, keep-alive and one canned reply for whoever shows the token.

A caller without the token gets 401. So a 200 that came through a contender proves that the header was injected.
"""

import subprocess
import time

import client
import places
import processes
import request


def make_certificates(directory):
    """A CA of this run and a certificate for localhost and 127.0.0.1."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=bench",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *curve, "-keyout", "upstream.key", "-out", "upstream.csr", "-subj", "/CN=localhost")
    (directory / "extensions").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "upstream.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "extensions", "-out", "upstream.pem")


class Upstream:
    def __init__(self, directory):
        self.tls_port, self.plain_port = client.free_port(), client.free_port()
        self.looks = 0
        self.ca = directory / "ca.pem"
        make_certificates(directory)
        configuration = places.fill_in(places.HERE / "upstream.conf", directory / "upstream.conf", {
            "RUN": directory, "TLS": self.tls_port, "PLAIN": self.plain_port,
            "TOKEN": request.TOKEN, "REPLY": request.REPLY})
        self.child = processes.start(["nginx", "-p", directory, "-c", configuration], core=processes.LOAD_CORE,
                                     directory=directory, output=directory / "upstream.log")
        processes.wait_until(self.answers, self.child)
        if client.post(self.plain_port).status != 401:
            raise processes.Failed("the upstream answers callers that have no token")

    def answers(self):
        try:
            reply = client.post(self.plain_port, key=request.TOKEN)
        except OSError:
            return False
        return reply.status == 200 and reply.body == request.REPLY

    def requests(self):
        """How many requests it has had, but for these looks at its counter."""
        self.looks += 1
        return int(client.get(self.plain_port, "/status").body.split("\n")[2].split()[2]) - self.looks

    def settled_requests(self):
        """The same once no more come: a contender may still send what it had when a load ended."""
        last, count = None, self.requests()
        while count != last:
            time.sleep(0.05)
            last, count = count, self.requests()
        return count
