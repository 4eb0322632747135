#!/usr/bin/env python3
"""Holds the device secret against a real GNOME Keyring in each of its states.

  check_keyring.py PROBE      PROBE is the built example crates/store/examples/keyring_probe.rs

Starts a session bus and a keyring of its own under a temporary home, so that nobody's keyring is touched. Needs the Debian packages
dbus-daemon, dbus-bin and gnome-keyring. Exit code 0: every state has its own answer.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

# A hanging keyring is given up after 10 s; a busy machine adds some.
LIMIT_S = 25


def outcome(probe, act, folder, environment):
    begun = time.monotonic()
    done = subprocess.run([probe, act, folder], env=environment, capture_output=True, text=True, timeout=LIMIT_S + 15, check=True)
    took = time.monotonic() - begun
    assert took < LIMIT_S, f"{act} took {took:.1f} s"
    return done.stdout.strip()


def expect(told, words):
    assert words in told, f"expected …{words}…, was told: {told}"


def within_session(probe):
    """Runs inside dbus-run-session."""
    home = os.environ["HOME"]
    store, other = os.path.join(home, "store"), os.path.join(home, "other")
    os.mkdir(store)
    os.mkdir(other)
    environment = dict(os.environ)
    keyring = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        keyring.stdin.write(b"a keyring password")
        keyring.stdin.close()
        wait_for_name()
        assert outcome(probe, "create", store, environment) == "done"
        assert outcome(probe, "open", store, environment) == "done"
        # Failed sign-ins are remembered beside the file: an old file put back forgets none.
        attempts = os.path.join(store, "store.attempts")
        with open(attempts, "rb") as file:
            old = file.read()
        for _ in range(3):
            assert outcome(probe, "fail", store, environment) == "done"
        with open(attempts, "wb") as file:
            file.write(old)
        assert outcome(probe, "fail", store, environment) == "done"
        expect(outcome(probe, "failures", store, environment), "4 failures")
        os.kill(keyring.pid, signal.SIGSTOP)
        expect(outcome(probe, "open", store, environment), "did not answer within 10 s")
        os.kill(keyring.pid, signal.SIGCONT)
        assert outcome(probe, "open", store, environment) == "done"
        assert outcome(probe, "forget", store, environment) == "done"
        expect(outcome(probe, "open", store, environment), "holds no device secret")
        expect(outcome(probe, "failures", store, environment), "0 failures")
        lock()
        expect(outcome(probe, "create", other, environment), "is locked")
        assert not os.path.exists(os.path.join(other, "store.keys")), "a store was begun without its secret"
    finally:
        keyring.kill()
        keyring.wait()
    no_bus = dict(environment, DBUS_SESSION_BUS_ADDRESS=f"unix:path={home}/nobody", XDG_RUNTIME_DIR=f"{home}/nowhere")
    expect(outcome(probe, "open", store, no_bus), "cannot be reached")


def send(*words):
    return subprocess.run(["dbus-send", "--session", "--print-reply", *words], capture_output=True, text=True, check=True).stdout


def wait_for_name():
    deadline = time.monotonic() + LIMIT_S
    while "org.freedesktop.secrets" not in send("--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ListNames"):
        assert time.monotonic() < deadline, "the keyring did not start"
        time.sleep(0.05)


def lock():
    login = "array:objpath:/org/freedesktop/secrets/collection/login"
    send("--dest=org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", login)


def main():
    if sys.argv[1] == "--within":
        within_session(sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment.update(HOME=home, XDG_RUNTIME_DIR=home, XDG_DATA_HOME=os.path.join(home, "data"))
        probe = os.path.abspath(sys.argv[1])
        subprocess.run(["dbus-run-session", "--", sys.executable, os.path.abspath(__file__), "--within", probe], env=environment, check=True)
    print("keyring: unlocked, hanging, missing, locked and absent are told apart")


if __name__ == "__main__":
    main()
