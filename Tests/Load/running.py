"""A contender that runs: started, timed, checked, ended."""

import contextlib
import time

import client
import places
import proc
import processes
import request
import verify


class Running:
    def __init__(self, contender, upstream, prepare=None):
        """`prepare` gets the directory before the start, to put a ledger there."""
        self.contender, self.upstream, self.port = contender, upstream, client.free_port()
        directory = places.SCRATCH / contender.name
        self.file = contender.configure(directory, {
            "PORT": self.port, "UPSTREAM": upstream.tls_port, "CA": upstream.ca, "TOKEN": request.TOKEN})
        if prepare:
            prepare(directory)
        self.start()

    def start(self):
        """Starts it, again if it has ended, and waits for its first right answer."""
        self.last = "nothing"
        began = time.perf_counter()
        self.child = self.contender.launch(self.file)
        try:
            processes.wait_until(self.answers, self.child, seconds=10)
        except processes.Failed as failure:
            self.end()
            raise processes.Failed(f"{failure}; it answered: {self.last}") from None
        #: Milliseconds from the start of the process to its first right answer to a caller.
        self.first_answer = (time.perf_counter() - began) * 1000

    def answers(self):
        """Some listen before they know their routes or can reach the upstream: wait for the right reply."""
        try:
            self.last = client.post(self.port)
        except OSError as error:
            self.last = error
            return False
        return verify.is_right(self.last)

    def check(self):
        if self.child.poll() is not None:
            raise processes.Failed(f"ended with status {self.child.returncode}: {processes.last_words(self.child)}")
        verify.forwards(self.port)

    def memory(self):
        return proc.memory(self.child.pid)

    def cpu_seconds(self):
        return proc.cpu_seconds(self.child.pid)

    def end(self):
        processes.end(self.child)


@contextlib.contextmanager
def running(contender, upstream, prepare=None):
    """A contender that answers rightly, before and after what is done with it."""
    process = Running(contender, upstream, prepare)
    try:
        process.check()
        if contender.policy:
            verify.has_policy(process.port, upstream)
        yield process
        process.check()
    finally:
        process.end()
