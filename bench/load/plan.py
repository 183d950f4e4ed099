"""Which rows there are, and how long each is measured."""

from dataclasses import dataclass

from h2load import Amount
from protocols import PROTOCOLS, STATIC, STATIC_TLS
from targets import TARGETS

_STATIC = {protocol.name: protocol for protocol in (STATIC, STATIC_TLS)}
# What a row costs besides: the start of a server, the call that is checked, h2load's own start and its log.
_START_S = 0.4


def rows(workload, targets, protocols):
    """(target, protocol) in the order of a round: those to be compared lie side by side."""
    if workload.static and "nghttpd" in targets:
        yield TARGETS["nghttpd"], _STATIC[workload.static]
    for name in workload.protocols:
        if name not in protocols:
            continue
        for target in map(TARGETS.get, targets):
            if target.takes_part(workload, PROTOCOLS[name]):
                yield target, PROTOCOLS[name]


@dataclass(frozen=True)
class Effort:
    rounds: int
    seconds: float = 0  # of each measurement; 0: what the workload says
    scale: float = 1    # of what it says
    most_connections: int = 10_000
    idle_connections: int = 1000
    counted: bool = False  # a fixed number of requests instead, so that nothing depends on time

    def rounds_of(self, workload):
        return 1 if workload.kind == "idle" else self.rounds  # memory does not depend on what else the machine does

    def seconds_of(self, workload):
        # Few calls a second, or a fixed rate, show nothing in less.
        least = {"tail": 1}.get(workload.kind, 0.6 if workload.seconds > 1 else 0)
        return max(self.seconds or workload.seconds * self.scale, least)

    def amount(self, workload, connections, per_connection, tls):
        if self.counted:
            return Amount(requests=100 if workload.kind == "tail" else max(8, connections * per_connection))
        return Amount(self.seconds_of(workload), self._warm_up(workload, connections, tls))

    def _warm_up(self, workload, connections, tls):
        """Connections are opened meanwhile; h2load may never end if some are not."""
        return max(min(1, self.seconds_of(workload) / 3), connections / (100 if tls else 3000))

    def estimate(self, workloads, targets, protocols):
        """Seconds that everything takes, by and large."""
        total = 0
        for workload in workloads:
            if workload.kind == "idle":
                each = self.idle_connections / 500
            else:
                connections = min(workload.connections, self.most_connections)
                each = self.seconds_of(workload) + self._warm_up(workload, connections, workload.name == "tls")
            total += len(list(rows(workload, targets, protocols))) * self.rounds_of(workload) * (each + _START_S)
        return total
