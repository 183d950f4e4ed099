"""Puts load on a server with h2load, and reads what h2load says."""

import dataclasses
import os
import re
import subprocess
from dataclasses import dataclass

from measuring import MeasuringFailed
from workloads import SLOW_PATH

_REQUESTS = re.compile(r"^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", re.M)
_RATE = re.compile(r"^finished in [^,]*, ([0-9.]+) req/s", re.M)
_DATA = re.compile(r"^traffic: .* \((\d+)\) data$", re.M)
# More lines of h2load's log than this are thinned out.
_MAX_SAMPLES = 400_000


@dataclass(frozen=True)
class Amount:
    """How long, or, where that is set, how many requests."""
    seconds: float = 0
    requests: int = 0

    def arguments(self):
        return ["-n", str(self.requests)] if self.requests else ["-D", f"{int(self.seconds * 1000)}ms"]

    def of_hundred(self, percent):
        return Amount(self.seconds, max(1, self.requests * percent // 100) if self.requests else 0)


@dataclass(frozen=True)
class Load:
    """How h2load is run for one row."""
    core: int
    server: str  # scheme, host and port
    path: str
    arguments: list  # of protocol and body
    connections: int
    per_connection: int
    answer_bytes: int  # of the body of each answer
    log: str

    def on_fewer(self, connections):
        return dataclasses.replace(self, connections=min(self.connections, connections))

    def run(self, amount, log=False):
        """The number of requests that succeeded, and how many in a second. Raises MeasuringFailed unless all did, with
        answers of the right size."""
        more = ["--log-file", self.log] if log else []
        return self._finish(self._start(self.path, amount, self.connections, more), amount)

    def run_with_slow_calls(self, amount, rate):
        """`rate` calls per second in all, of which one in a hundred sleeps; logs the others."""
        slow_amount, others_amount = amount.of_hundred(1), amount.of_hundred(99)
        slow = self._start(SLOW_PATH, slow_amount, 1, ["--rps", str(rate // 100)])
        each = (rate - rate // 100) / self.connections
        try:
            others = self._finish(self._start(self.path, others_amount, self.connections,
                                              ["--rps", f"{each:.2f}", "--log-file", self.log]), others_amount)
        finally:
            slow_output = slow.communicate()[0]
        slept = self._read(slow.returncode, slow_output, slow_amount)
        return others[0] + slept[0], others[1] + slept[1]

    def percentiles(self, *wanted):
        """Of the times in h2load's log, in microseconds."""
        with open(self.log, "rb") as file:
            lines = file.read().splitlines()
        os.remove(self.log)
        times = sorted(int(line.rpartition(b"\t")[2]) for line in lines[::len(lines) // _MAX_SAMPLES + 1])
        return [times[min(len(times) - 1, int(len(times) * percent / 100))] for percent in wanted]

    def _start(self, path, amount, connections, more):
        if "--log-file" in more and os.path.exists(self.log):
            os.remove(self.log)
        command = ["taskset", "-c", str(self.core), "h2load", "-t1", *amount.arguments(), "-c", str(connections), "-m",
                   str(self.per_connection), *more, *self.arguments, self.server + path]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True)

    def _finish(self, process, amount):
        output, _ = process.communicate()
        return self._read(process.returncode, output, amount)

    def _read(self, status, output, amount):
        requests, rate, data = _REQUESTS.search(output), _RATE.search(output), _DATA.search(output)
        if status != 0 or not requests or not rate or not data:
            raise MeasuringFailed(f"h2load failed:\n{output[-2000:]}")
        succeeded, failed, errored, timeout = map(int, requests.groups())
        if succeeded == 0 or succeeded < amount.requests or failed + errored + timeout > 0:
            raise MeasuringFailed(f"{succeeded} requests succeeded, {failed} failed, {errored} had errors, "
                                  f"{timeout} timed out")
        # Where time runs out, answers that are not complete count as well. h2load takes errors of gRPC for success.
        expected, received = succeeded * self.answer_bytes, int(data[1])
        if received < expected or (amount.requests and received > expected):
            raise MeasuringFailed(f"{succeeded} answers have {received} bytes together instead of {expected}")
        return succeeded, float(rate[1])
