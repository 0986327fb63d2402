#!/usr/bin/python3 -ISB
# enter.py: makes and enters the namespaces of a lab. Used by lab.py alone.
# SPDX-License-Identifier: GPL-3.0-or-later
"""enter.py new FD user|-|PID          make the namespaces of one host and be its init
enter.py exec FD USER PID CWD ARGV...  run a program in the host whose init is PID

Both write the process ID of what they started to file descriptor FD. unshare(1) and nsenter(1)
would do but for three things: they do not hand signals on, they do not say which process they
started, and a host must end when its lab does.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def mount(kind, target, flags=0, options=None):
    call("mount", kind.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags),
         options.encode() if options else None)


def join(pid, kinds):
    """All descriptors first: after the first setns() the paths may mean something else."""
    descriptors = []
    for kind in kinds:
        theirs, ours = f"/proc/{pid}/ns/{kind}", f"/proc/self/ns/{kind}"
        if os.readlink(theirs) != os.readlink(ours):
            descriptors.append(os.open(theirs, os.O_RDONLY))
    for descriptor in descriptors:
        call("setns", descriptor, 0)
        os.close(descriptor)


def become_root_of_user_namespace():
    uid, gid = os.getuid(), os.getgid()
    call("unshare", CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def be_init():
    """The first process of a host: sets up its mounts, then only buries the dead. The host ends
    with it, and it ends when the lab closes its end of standard input, or dies."""
    call("mount", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    mount("tmpfs", "/run", options="mode=755")
    for kind, target in (("proc", "/proc"), ("sysfs", "/sys")):
        try:
            mount(kind, target)
        except OSError:
            pass  # inside some containers; the old one shows too much, but works

    def bury(*_):
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            pass

    signal.signal(signal.SIGCHLD, bury)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, b"ready\n")
    while os.read(0, 100):
        pass
    os._exit(0)


def follow(child):
    """Passes on what can be, and ends the way the child did."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
                   signal.SIGUSR2, signal.SIGCONT):
        signal.signal(number, lambda n, _: os.kill(child, n))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def main():
    verb, told = sys.argv[1], int(sys.argv[2])
    if verb == "new":
        if sys.argv[3] == "user":
            become_root_of_user_namespace()
        elif sys.argv[3] != "-":
            join(sys.argv[3], ["user"])
        call("unshare", CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID)
    else:
        join(sys.argv[4], (["user"] if sys.argv[3] == "user" else []) +
             ["net", "uts", "ipc", "pid", "mnt"])
        os.chdir(sys.argv[5])

    # A signal that comes before the handlers are in place waits for them.
    everything = signal.valid_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, everything)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, everything)
        os.close(told)
        call("prctl", PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
        if verb == "new":
            be_init()
        try:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvp(sys.argv[6], sys.argv[6:])
        except OSError as error:
            print(f"{sys.argv[6]}: {error.strerror}", file=sys.stderr)
            os._exit(127)
    os.write(told, b"%d\n" % child)
    os.close(told)
    for descriptor in (0, 1):  # the child's alone: its end must be seen
        os.close(descriptor)
    if verb == "new":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, everything)
        os.waitpid(child, 0)
        os._exit(0)
    follow(child)


main()
