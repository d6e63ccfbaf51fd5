"""Hosts on one machine: network namespaces whose links have a given rate. Needs root, `ip`, `tc` and Open MPI."""

import contextlib
import os
import pathlib
import stat
import subprocess
import tempfile

# Starts a command of mpirun in the namespace of a host: Open MPI calls it as it would call ssh. Hosts have names of
# their own, as Open MPI knows them by their names.
AGENT = """#!/bin/sh
host=$1; shift
name=$(echo "$host" | sed 's/.*\\./thalweg/')
exec ip netns exec "$name" unshare --uts sh -c "hostname $name; $*"
"""

# Ranks that wait leave their core to others: there may be fewer cores than ranks.
YIELD = ["--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]


def sh(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def mpirun(command, ranks, options, before=()):
    """Runs a command on ranks, and returns what it prints."""
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    line = [*before, "mpirun", "-n", str(ranks), *YIELD, *options, *command]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(line)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


class Hosts:
    """Namespaces thalweg1, thalweg2, … with the addresses 10.77.0.1, …, joined by a bridge in thalweg0; links of this
    many Mbit/s in each direction."""

    def __init__(self, count, mbit, folder):
        self.count, self.agent = count, folder / "agent"
        self.agent.write_text(AGENT)
        self.agent.chmod(self.agent.stat().st_mode | stat.S_IXUSR)
        self.close()
        sh("ip netns add thalweg0; ip -n thalweg0 link add bridge type bridge; ip -n thalweg0 link set bridge up")
        for host in range(1, count + 1):
            name = f"thalweg{host}"
            sh(f"ip netns add {name}; ip -n {name} link set lo up")
            sh(f"ip -n {name} link add eth0 type veth peer name port{host} netns thalweg0")
            sh(f"ip -n {name} addr add 10.77.0.{host}/24 dev eth0; ip -n {name} link set eth0 up")
            sh(f"ip -n thalweg0 link set port{host} master bridge up")
            # What a host sends, and what it receives.
            for namespace, device in [(name, "eth0"), ("thalweg0", f"port{host}")]:
                shape = f"tbf rate {mbit}mbit burst 16kb latency 100ms"
                sh(f"ip netns exec {namespace} tc qdisc add dev {device} root {shape}")

    def mpirun(self, ranks, command):
        """Runs a command on ranks of the hosts, one each, and returns what it prints."""
        network = "10.77.0.0/24"
        options = ["--host", ",".join(f"10.77.0.{host}" for host in range(1, ranks + 1)), "--mca", "btl", "tcp,self"]
        options += ["--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network]
        # Over one connection, two ranks that send each other long messages have half of the rate.
        options += ["--mca", "plm_rsh_agent", str(self.agent), "--mca", "btl_tcp_links", "2"]
        before = ["ip", "netns", "exec", "thalweg1", "unshare", "--uts", "sh", "-c", 'hostname thalweg1; exec "$@"', "sh"]
        return mpirun(command, ranks, options, before)

    def close(self):
        for host in range(self.count + 1):
            subprocess.run(f"ip netns del thalweg{host}", shell=True, check=False, stderr=subprocess.DEVNULL)


class Loopback:
    """Ranks on this machine, by shared memory."""

    @staticmethod
    def mpirun(ranks, command):
        return mpirun(command, ranks, ["--oversubscribe"])


@contextlib.contextmanager
def hosts(mbit):
    """Makes four hosts with links of this many Mbit/s in each direction; without a limit, ranks by shared memory."""
    if mbit is None:
        yield Loopback
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Hosts(4, mbit, pathlib.Path(folder))
        try:
            yield made
        finally:
            made.close()
