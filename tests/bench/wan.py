# wan.py: QUIC links over long lines, beside TCP on the same line in the same run.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line is a forwarder between two TUN devices (tests/lab/forward.c): 200 Mbit/s, counted as IP
packets, with a queue of one round trip. TCP is iperf3, with CUBIC and with BBR as marks. Rates are
payload over time, from the open link to the receiver's word that all is there."""

import json
import os
import time

import shoal
from lab import Lab
from line import Line
from measure import note, random_file
from nat import SERVER, Attempt, Internet

MBIT = 200
SIZE = 300 * 1000 * 1000
TCP_SECONDS = 15  # about as long as QUIC will take
ALONE = 8  # seconds until the other flow has found its rate
#       name        rtt ms, loss, bound
LINES = [("clean", 50, 0, 0.85), ("lossy", 50, 0.005, 0.80), ("far", 100, 0.01, None)]


def run(lab, options, report):
    size = int(SIZE * options.scale)
    for name, rtt, loss, bound in LINES:
        one, other = lab.host(f"{name}-one"), lab.host(f"{name}-other")
        line = Line(lab, one, other, forward(options), rtt_ms=rtt, mbit=MBIT, loss=loss)
        there = line.addresses[1]
        for algorithm in ("cubic", "bbr"):
            rate = tcp(one, other, there, algorithm)
            note(f"wan-{name}: TCP {algorithm} {rate * 8 / 1e6:.0f} Mbit/s")
        if options.reference:
            continue
        shares = sorted(quic(options, one, other, there, size)["rate"] * 8 / 1e6 / MBIT
                        for _ in range(3))
        note(f"wan-{name}: QUIC {', '.join(f'{share * MBIT:.0f}' for share in shares)} Mbit/s")
        if bound is None:
            note(f"wan-{name}-share {shares[1]:.3f} (no bound)")
        else:
            report.at_least(f"wan-{name}-share", shares[1], bound)
        line.end()
    if not options.reference:
        fairness(lab, options, report)
        relayed(lab, options)
        veth(lab, options, report)
        without_nat(lab, options, report)
        with Lab(options.directory) as own:  # an internet has its hosts' names to itself
            near_and_far(own, options, report)


def forward(options):
    return os.path.join(options.build, "tests/lab/forward")


def pump(options):
    return os.path.join(options.build, "tests/net/quic-pump")


def quic(options, one, other, where, size, algorithm="bbr"):
    """Sends over a fresh link; what quic-pump says of it."""
    server = other.popen([pump(options), "serve", where])
    port = server.event("listening")["port"]
    done = one.run([pump(options), "send", f"{where}:{port}", size, algorithm], timeout=600)
    server.terminate()
    said = json.loads(done.stdout)
    note(f"QUIC {algorithm}: {said['rate'] * 8 / 1e6:.0f} Mbit/s, CPU {said['cpu']:.2f} s, "
         f"datagrams of {said['datagram']}, rtt {said['rtt'] * 1000:.1f} ms")
    return said


def tcp_start(one, other, where, algorithm, seconds):
    server = other.popen(["iperf3", "-s", "-1", "-B", where, "--forceflush"])
    server.line(lambda line: "listening" in line.lower())
    return one.popen(["iperf3", "-c", where, "-C", algorithm, "-J", "-t", str(seconds)])


def tcp_rate(process, timeout=600):
    """Bytes a second that arrived."""
    process.wait(timeout)
    return json.loads(process.output)["end"]["sum_received"]["bits_per_second"] / 8


def tcp(one, other, where, algorithm):
    return tcp_rate(tcp_start(one, other, where, algorithm, TCP_SECONDS))


def fairness(lab, options, report):
    """Beside one flow of CUBIC that has a clean line to itself at first: what we leave to it,
    from a second after we came until we are done."""
    one, other = lab.host("fair-one"), lab.host("fair-other")
    line = Line(lab, one, other, forward(options), rtt_ms=50, mbit=MBIT)
    there = line.addresses[1]
    started = time.monotonic()
    flow = tcp_start(one, other, there, "cubic", seconds=60)
    time.sleep(ALONE)
    came = time.monotonic() - started
    said = quic(options, one, other, there, int(SIZE * options.scale))
    left = time.monotonic() - started
    flow.wait(120)
    seconds = json.loads(flow.output)["intervals"]
    rates = [second["sum"]["bits_per_second"] / 1e6 for second in seconds
             if came + 1 <= second["sum"]["start"] and second["sum"]["end"] <= left]
    rate = sum(rates) / max(1, len(rates))
    note(f"side by side: CUBIC {rate:.0f}, QUIC {said['rate'] * 8 / 1e6:.0f} Mbit/s")
    report.at_least("wan-left-to-cubic", rate / MBIT, 0.333)
    line.end()


def relayed(lab, options):
    """Through a TURN server (coturn), between two routers of the worst kind."""
    net = Internet(lab, forward(options), mbit=MBIT)
    one, other = (net.household(name, "symmetric") for name in ("relay-one", "relay-other"))
    program = os.path.join(options.build, "tests/net/ice-exchange")
    attempt = Attempt(net, program, one, other, more=("--move", str(int(SIZE * options.scale))))
    paths = {path for path, _ in attempt.run()}
    rate = float(attempt.ends[0].event("moved", 600)["rate"])
    attempt.end()
    note(f"wan-relayed {rate * 8 / 1e6 / MBIT:.3f} of the lines, {', '.join(paths)} (no bound)")


def veth(lab, options, report):
    """A cable without limits: what the processors can do."""
    one, other = lab.host("near-one"), lab.host("near-other")
    lab.direct(one, other)
    rates = sorted(quic(options, one, other, other.links[0].ipv4, 1000 * 1000 * 1000)["rate"]
                   for _ in range(3))
    report.at_least("wan-veth-mbit", rates[1] * 8 / 1e6, 1500)


def without_nat(lab, options, report):
    """The whole program, from address to address on the lossy line: as it chooses (QUIC), and where
    UDP is dropped, so that TCP is left, with the congestion control that most systems have."""
    addresses = ("198.51.100.1", "203.0.113.1")
    one, other = lab.host("open-one"), lab.host("open-other")
    line = Line(lab, one, other, forward(options), rtt_ms=50, mbit=MBIT, loss=0.005,
                addresses=addresses)
    one.ip(f"route replace {addresses[1]} dev {line.devices[0]} congctl cubic")
    path = random_file(one.path("payload"), int(SIZE / 2 * options.scale))
    chosen = send_file(options, one, other, path, addresses[1])
    other.run(["nft", "-f", "-"], text=NO_UDP)
    # A tenth is enough to see what is left.
    short = random_file(one.path("short"), int(SIZE / 20 * options.scale))
    tcp_only = send_file(options, one, other, short, addresses[1])
    note(f"wan-open: as chosen {chosen * 8 / 1e6:.0f}, TCP {tcp_only * 8 / 1e6:.1f} Mbit/s")
    report.at_least("wan-open-gain", chosen / tcp_only, 5)
    line.end()


def rate_of(process, sources=1, after=0.2):
    """Bytes a second while it runs with so many sources, once that share is there."""
    told = [event for event in process.events("progress") if event["phase"] == "running"
            and event["sources"] == sources and event["bytes"] > after * event["total"]]
    if len(told) < 2:
        raise RuntimeError(f"{process.name}: never had {sources} sources: {process.output[-2000:]}")
    return (told[-1]["bytes"] - told[0]["bytes"]) * 1e6 / (told[-1]["t"] - told[0]["t"])


def send_file(options, one, other, path, address):
    """Bytes a second that arrive."""
    giver, taker = shoal.Device(options.cli, one), shoal.Device(options.cli, other)
    receiving = taker.start("receive", "--accept", "all", "--dir", taker.folder, "--once")
    port = receiving.event("listening", 30)["port"]
    giver.send(path, [f"{address}:{port}"])
    receiving.wait(60)
    giver.remove()
    taker.remove()
    return rate_of(receiving)


def near_and_far(lab, options, report):
    """One has it on the LAN, another behind a router far away, each on a line of 100 Mbit/s: what
    both give, beside the sum of what each gives alone."""
    net = Internet(lab, forward(options), rtt_ms=50, mbit=100)
    far, taker = net.household("far", "restricted").host, net.household("taker", "cone").host
    near = lab.host("near")
    cable, _ = lab.direct(near, taker)
    cable.rate(100)
    path = random_file(far.path("payload"), int(SIZE / 2 * options.scale))
    copy = near.path("payload")
    near.run(["cp", path, copy])
    tracker = net.server.popen([os.path.join(options.build, "src/tracker/shoal-tracker"),
                                "--listen", f"{SERVER}:8000"])
    tracker.line(lambda line: line.startswith("ws://"))
    internet = ["--tracker", f"ws://{SERVER}:8000/", "--stun", f"{SERVER}:3478", "--turn",
                net.servers[1].removeprefix("turn:")]
    giver = shoal.Device(options.cli, far)
    far_sharing = giver.start(*internet, "share", path)
    link = far_sharing.event("link", 60)["link"]
    near_sharing, near_link, address = shoal.Device(options.cli, near).share(copy)
    rates = {}
    for name, words in (("far", ["get", link]), ("near", ["get", near_link, "--from", address]),
                        ("both", ["get", link, "--from", address])):
        device = shoal.Device(options.cli, taker)
        options_of = internet if name != "near" else []
        getting = device.start(*options_of, *words, "--dir", device.folder)
        shoal.finish(getting, 600)
        rates[name] = rate_of(getting, 2 if name == "both" else 1)
        device.remove()
    note("wan-near-and-far: " + ", ".join(f"{name} {rate * 8 / 1e6:.0f} Mbit/s"
                                          for name, rate in rates.items()))
    report.at_least("wan-near-and-far-sum", rates["both"] / (rates["near"] + rates["far"]), 0.80)
    for process in (far_sharing, near_sharing, tracker):
        process.terminate()


NO_UDP = """table inet guard {
  chain in {
    type filter hook input priority 0;
    meta l4proto udp drop
  }
}
"""
