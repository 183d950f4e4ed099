"""Runs servers on one core and load on another, and reads what a run has cost."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from http2 import CallFailed

# 10,000 connections, and what else is open.
_DESCRIPTORS = 10_500
_CPU_CLOCK_OF_PROCESS = 2  # CPUCLOCK_SCHED of the kernel, which is what clock_getcpuclockid(3) gives


class MeasuringFailed(Exception):
    pass


class NotPossible(MeasuringFailed):
    """This machine does not allow it, which is nobody's failure."""


def prepare_machine():
    """The cores of server and load. Raises the limit of open files, for 10,000 connections, as far as is allowed."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise MeasuringFailed("server and load generator need a core each, and this process may use only one")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _DESCRIPTORS:
        with contextlib.suppress(OSError, ValueError):  # only root may
            resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
            hard = _DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return cores[0], cores[1]


def need_descriptors(count):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and count > soft:
        raise NotPossible(f"needs {count:,} open files in a process, and {soft:,} are allowed (ulimit -Hn)")


def cpu_seconds(pids):
    """User and system time of processes, exactly: /proc/PID/stat counts in hundredths of seconds."""
    try:
        return sum(time.clock_gettime(~pid << 3 | _CPU_CLOCK_OF_PROCESS) for pid in pids)
    except OSError as error:
        raise MeasuringFailed(f"the server has ended: {error}") from error


def resident_kib(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            total += int(re.search(r"^VmRSS:\s+(\d+) kB", file.read(), re.M)[1])
    return total


class Process:
    """A program on one core, killed at the end of the `with` block."""

    def __init__(self, arguments, core, log, environment=None):
        self._name = os.path.basename(arguments[0])
        self._log = log
        with open(log, "ab") as errors:
            # One worker thread in those programs that ask for it in this way.
            environment = {**os.environ, "TOKIO_WORKER_THREADS": "1", "GOMAXPROCS": "1", **(environment or {})}
            self._process = subprocess.Popen(["taskset", "-c", str(core), *arguments], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=errors, env=environment)
        self.pid = self._process.pid  # taskset becomes the program

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def read_port(self):
        """The port that the program prints as its first line."""
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            self.fail("did not start")
        return int(line)

    def fail(self, what):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            tail = "".join(file.readlines()[-10:])
        raise MeasuringFailed(f"{self._name} {what}\n{tail}")

    def wait_for_port(self, port, connect):
        """Returns when `connect(port)` works, for programs that do not say when they are ready."""
        deadline = time.monotonic() + 20
        while True:
            try:
                connect(port).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.fail(f"does not listen on port {port}")
                time.sleep(0.05)


def check(workload, protocol, port, body, message):
    """One call whose answer is looked at, since h2load takes an error of gRPC for success. `message` is what the body
    carries, `body` None for a GET. Returns the number of bytes of the answer."""
    try:
        connection = protocol.connect(port)
        try:
            answer = _call(connection, workload, protocol, body, message)
            messages = protocol.messages(answer, workload.streaming, workload.encoding)
            workload.check(messages, message, protocol.json)
            return len(answer)
        finally:
            connection.close()
    except (CallFailed, OSError, ValueError, KeyError) as error:
        raise MeasuringFailed(f"the call that is checked fails: {error}") from error


def _call(connection, workload, protocol, body, message):
    headers = protocol.headers(workload.streaming, workload.encoding)
    return connection.call(protocol.path(workload.path, message), headers, body)


def idle_memory(workload, protocol, port, body, message, pids, connections):
    """What the server's resident memory grows by with each connection that has made one call."""
    for _ in range(20):  # what the first calls need is not theirs
        check(workload, protocol, port, body, message)
    before = resident_kib(pids)
    held = []
    try:
        for _ in range(connections):
            held.append(protocol.connect(port))
            _call(held[-1], workload, protocol, body, message)
        return (resident_kib(pids) - before) / connections
    except (CallFailed, OSError) as error:
        raise MeasuringFailed(f"connection {len(held)} fails: {error}") from error
    finally:
        for connection in held:
            connection.close()


def need_programs(*names):
    for name in names:
        if shutil.which(name) is None:
            raise MeasuringFailed(f"there is no {name} in PATH")
