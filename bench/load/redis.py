"""The store of the fortunes."""

import contextlib
import subprocess

import measuring
from measuring import Process
from targets import connect, free_port

_FORTUNES = (
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren\u2019t broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. \u2014 Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. \u2014 Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    '<script>alert("This should not be displayed in a browser alert box.");</script>',
    "\u30d5\u30ec\u30fc\u30e0\u30ef\u30fc\u30af\u306e\u30d9\u30f3\u30c1\u30de\u30fc\u30af",
)


@contextlib.contextmanager
def running(machine, core):
    """Redis with the fortunes, on the core of the load generator."""
    measuring.need_programs("redis-server", "redis-cli")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--dir", machine.scratch]
    with Process(command, core, machine.log("redis")) as process:
        process.wait_for_port(port, connect)
        fields = [text for i, fortune in enumerate(_FORTUNES) for text in (str(i + 1), fortune)]
        subprocess.run(["redis-cli", "-p", str(port), "HSET", "fortunes", *fields], check=True,
                       stdout=subprocess.DEVNULL)
        machine.redis_port = port
        try:
            yield
        finally:
            machine.redis_port = 0
