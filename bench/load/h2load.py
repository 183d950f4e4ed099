"""Puts load on a server with h2load, and reads what h2load says."""

import os
import re
import subprocess
import threading
from dataclasses import dataclass

import measuring
from measuring import MeasuringFailed
from workloads import SLOW_PATH

_REQUESTS = re.compile(r"^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", re.M)
_RATE = re.compile(r"^finished in [^,]*, ([0-9.]+) req/s", re.M)
_DATA = re.compile(r"^traffic: .* \((\d+)\) data$", re.M)
# More lines of h2load's log than this are thinned out.
_MAX_SAMPLES = 400_000
# h2load may wait for ever for connections that are not open when its time is over.
_PATIENCE_S = 60
_PHASES = ("Main benchmark duration is started", "Main benchmark duration is over")


@dataclass(frozen=True)
class Amount:
    """How long, after a warm-up that does not count; or, where that is set, how many requests."""
    seconds: float = 0
    warm_up: float = 0
    requests: int = 0

    def arguments(self):
        if self.requests:
            return ["-n", str(self.requests)]
        return ["-D", f"{int(self.seconds * 1000)}ms", f"--warm-up-time={int(self.warm_up * 1000)}ms"]

    def of_hundred(self, percent):
        return Amount(self.seconds, self.warm_up, max(1, self.requests * percent // 100) if self.requests else 0)


@dataclass(frozen=True)
class Outcome:
    requests: int
    requests_per_s: float
    cpu_s: float  # of the server, while these requests were counted


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

    def run(self, amount, pids):
        """Raises MeasuringFailed unless all requests succeed, with answers of the right size."""
        return self._finish(self._start(self.path, amount, self.connections, ["--log-file", self.log]), amount, pids)

    def run_with_slow_calls(self, amount, rate, pids):
        """`rate` calls per second in all, of which one in a hundred sleeps; logs the others."""
        slow_amount, others_amount = amount.of_hundred(1), amount.of_hundred(99)
        slow = self._start(SLOW_PATH, slow_amount, 1, ["--rps", str(rate // 100)])
        each = (rate - rate // 100) / self.connections
        try:
            others = self._finish(self._start(self.path, others_amount, self.connections,
                                              ["--rps", f"{each:.2f}", "--log-file", self.log]), others_amount, pids)
        finally:
            slept = self._finish(slow, slow_amount, ())
        return Outcome(others.requests + slept.requests, others.requests_per_s + slept.requests_per_s, others.cpu_s)

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

    def _finish(self, process, amount, pids):
        marks = [measuring.cpu_seconds(pids)]
        output = []
        watchdog = threading.Timer(amount.warm_up + amount.seconds + _PATIENCE_S, process.kill)
        watchdog.start()
        with process.stdout:
            for line in process.stdout:
                output.append(line)
                if line.startswith(_PHASES):
                    marks.append(measuring.cpu_seconds(pids))
        process.wait()
        watchdog.cancel()
        marks.append(measuring.cpu_seconds(pids))
        begin, end = (marks[0], marks[-1]) if amount.requests or len(marks) != 4 else marks[1:3]
        return self._read(process.returncode, "".join(output), amount, end - begin)

    def _read(self, status, output, amount, cpu_s):
        requests, rate, data = _REQUESTS.search(output), _RATE.search(output), _DATA.search(output)
        if status != 0 or not requests or not rate or not data:
            raise MeasuringFailed(f"h2load failed ({status}):\n{output[-2000:]}")
        succeeded, failed, errored, timeout = map(int, requests.groups())
        if succeeded == 0 or succeeded < amount.requests or failed + errored + timeout > 0:
            raise MeasuringFailed(f"{succeeded} requests succeeded, {failed} failed, {errored} had errors, "
                                  f"{timeout} timed out")
        # h2load takes errors of gRPC for success. Where time runs, answers that are not complete count as well, and
        # some have begun during the warm-up.
        expected, received = succeeded * self.answer_bytes, int(data[1])
        begun = 0 if amount.requests else self.connections * self.per_connection * self.answer_bytes
        if received < expected - begun or (amount.requests and received > expected):
            raise MeasuringFailed(f"{succeeded} answers have {received} bytes together instead of {expected}")
        return Outcome(succeeded, float(rate[1]), cpu_s)
