#!/usr/bin/env python3
"""Runs the second reader on the files in golden/ and on damaged copies of them.

golden/ was written by the program (crates/store/examples/store_fixture.rs) when version 1 of the formats was introduced; a test in crates/store opens
the same files. Needs the packages in requirements.txt. Exit code 0: all as expected.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden")
FLIPS = 60
TABLES = {"product": 2, "sale": 5000}

sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import read_store  # noqa: E402


def run(path, *options):
    """The reader as a program: exit code and what it printed."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "read_store.py"), path, *options], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr


def golden(name):
    return os.path.join(GOLDEN, name)


def check_opens(folder):
    by_password = ("--user", "ANNA 掌柜", "--password-file", golden("password"))
    by_recovery = ("--recovery-key-file", golden("recovery-key"))
    for options in (by_password, by_recovery):
        code, told = run(GOLDEN, *options)
        assert code == 0 and told["tables"] == TABLES and told["keys_intact"], told
    out = os.path.join(folder, "copy.db")
    code, told = run(golden("store.zgbackup"), *by_recovery, "--out", out)
    assert code == 0 and told["tables"] == TABLES and told["journal_position"] == 42, told
    code, told = run(golden("store.zgbackup"), *by_password, "--out", out)
    assert code == 0 and told["schema"] == 1, told
    with open(out, "rb") as copy, open(golden("store.db"), "rb") as original:
        assert copy.read() == original.read()


def check_wrong_secrets(folder):
    wrong = os.path.join(folder, "wrong")
    with open(wrong, "w") as file:
        file.write("another password")
    code, told = run(GOLDEN, "--user", "Anna 掌柜", "--password-file", wrong)
    assert code == 1 and "wrong" in told, told
    code, told = run(GOLDEN, "--user", "nobody", "--password-file", golden("password"))
    assert code == 1 and "wrong" in told, told
    with open(wrong, "w") as file:
        file.write("00000-" * 5 + "00000")
    code, told = run(GOLDEN, "--recovery-key-file", wrong)
    assert code == 1 and "mistyped" in told, told
    with open(wrong, "w") as file:
        file.write("A" * 43 + "=")
    code, told = run(GOLDEN, "--user", "Bo", "--password-file", golden("password"), "--secret-file", wrong)
    assert code == 1 and "device secret" in told, told


def refuses(read):
    try:
        return read() is False
    except (read_store.Refused, UnicodeDecodeError):
        return True


def check_flips(chance):
    """Every flipped bit is refused, or told by the sum; the backup refuses every one."""
    key = read_store.recovery_key(read_store.read_bytes(golden("recovery-key")).decode())
    keys = read_store.read_bytes(golden("store.keys"))
    for at in range(len(keys)):
        flipped = keys[:at] + bytes([keys[at] ^ 1 << chance.randrange(8)]) + keys[at + 1 :]
        assert refuses(lambda: read_store.KeyFile(flipped).open_with_recovery(key)[1]), f"store.keys, byte {at}"
    backup = read_store.read_bytes(golden("store.zgbackup"))
    root = read_store.KeyFile(keys).open_with_recovery(key)[0]
    places = [chance.randrange(1000) for _ in range(FLIPS)] + [chance.randrange(len(backup)) for _ in range(FLIPS)]
    for at in places:
        flipped = backup[:at] + bytes([backup[at] ^ 1 << chance.randrange(8)]) + backup[at + 1 :]
        assert refuses(lambda: bool(read_store.Backup(flipped).decrypt(root))), f"backup, byte {at}"
    for size in (0, 7, 134, len(backup) - 1, 167 + len(keys) + 65552):
        assert refuses(lambda: bool(read_store.Backup(backup[:size]).decrypt(root))), f"backup cut after {size}"


def check_damaged_database(folder, chance):
    copy = os.path.join(folder, "store")
    shutil.copytree(GOLDEN, copy)
    at = chance.randrange(8192, os.path.getsize(golden("store.db")))
    with open(os.path.join(copy, "store.db"), "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    code, told = run(copy, "--recovery-key-file", golden("recovery-key"))
    assert code == 1 and "damaged" in told, told


def main():
    chance = random.Random(20261122)
    with tempfile.TemporaryDirectory() as folder:
        check_opens(folder)
        check_wrong_secrets(folder)
        check_flips(chance)
        check_damaged_database(folder, chance)
    print("second reader: opens store and backup by password and by recovery key, refuses wrong secrets and damage")


if __name__ == "__main__":
    main()
