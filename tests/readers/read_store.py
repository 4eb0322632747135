#!/usr/bin/env python3
"""A second reader of a Zhanggui store, written from docs/store-format.md alone.

It shares no code with the program: SQLCipher from sqlcipher3, Argon2id from argon2-cffi, the rest from hashlib and cryptography.

  read_store.py DIR --user NAME --password-file F [--secret-file F]     open the database, print the count of rows of each table
  read_store.py DIR --recovery-key-file F                               the same with the printed recovery key
  read_store.py FILE.zgbackup … --out COPY.db                           decrypt a backup, then open what was in it

Prints one JSON object. Exit code 0: read; 1: refused, with the reason on stderr.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import uuid

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHUNK = 65536


class Refused(Exception):
    """The file is not what the page describes, or the secret does not open it."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


class Cursor:
    """Bytes read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        require(self.at + size <= len(self.data), "it ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def numbers(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))


def hkdf(salt, secret, info, size):
    """RFC 5869 with SHA-256, written out."""
    prk = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    out, block, number = b"", b"", 1
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([number]), hashlib.sha256).digest()
        out, number = out + block, number + 1
    return out[:size]


def unseal(key, nonce, sealed, associated, what):
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise Refused(f"{what} was changed") from None


def recovery_key(text):
    """The 16 bytes of a printed recovery key."""
    digits = [c for c in text.upper() if c not in "-" and not c.isspace()]
    digits = [{"O": "0", "I": "1", "L": "1"}.get(c, c) for c in digits]
    require(len(digits) == 30 and all(c in CROCKFORD for c in digits), "the recovery key is mistyped")
    number = 0
    for digit in digits:
        number = number << 5 | CROCKFORD.index(digit)
    key, check = (number >> 22).to_bytes(16, "big"), number & (1 << 22) - 1
    expected = int.from_bytes(hashlib.sha256(b"zhanggui/recovery-key/v1" + key).digest()[:3], "big") >> 2
    require(check == expected, "the recovery key is mistyped")
    return key


class Slot:
    def __init__(self, cursor):
        begin = cursor.at
        require(cursor.take(4) == b"SKS1", "a slot does not begin with its mark")
        version, self.type, aead, kdf = cursor.numbers("4B")
        require((version, aead) == (1, 1) and (self.type, kdf) in ((1, 1), (2, 2)), "a slot is of an unknown kind")
        self.cost = cursor.numbers("3I")
        self.salt = cursor.take(32)
        self.store, self.person, _slot_id = cursor.take(16), cursor.take(16), cursor.take(16)
        (self.generation,) = cursor.numbers("I")
        self.nonce, self.commitment = cursor.take(12), cursor.take(32)
        (length,) = cursor.numbers("B")
        require(1 <= length <= 64 if self.type == 1 else length == 0, "a name has a wrong length")
        self.name = cursor.take(length).decode("utf-8")
        self.head = cursor.data[begin : cursor.at]
        self.sealed = cursor.take(48)

    def open(self, secret, label):
        derived = hkdf(self.salt, secret, label + self.store + self.person, 64)
        require(hmac.compare_digest(derived[32:], self.commitment), "name, password or key is wrong")
        return unseal(derived[:32], self.nonce, self.sealed, self.head, "a slot")


class KeyFile:
    def __init__(self, data):
        cursor = Cursor(data)
        require(cursor.take(4) == b"ZGSK", "this is no store.keys")
        version, self.place, count = cursor.numbers("BBH")
        require(version == 1 and 1 <= self.place <= 4 and count <= 256, "store.keys is of an unknown version")
        self.store, self.device_check = cursor.take(16), cursor.take(32)
        self.cost = cursor.numbers("3I")
        m, t, p = self.cost
        require(19456 <= m <= 1048576 and 2 <= t <= 20 and 1 <= p <= 16, "the cost is outside the safe range")
        self.slots = [Slot(cursor) for _ in range(count)]
        for slot in self.slots:
            require(slot.store == self.store, "a slot is of another store")
            require(slot.cost == (self.cost if slot.type == 1 else (0, 0, 0)), "a slot has another cost")
        self.summed = data[: cursor.at]
        self.sum = cursor.take(32)
        require(cursor.at == len(data), "bytes follow the end of store.keys")

    def open_with_password(self, name, password, device_secret):
        check = hmac.new(device_secret, b"id", hashlib.sha256).digest()
        require(hmac.compare_digest(check, self.device_check), "this is not the device secret of this store")
        slots = [slot for slot in self.slots if slot.type == 1 and slot.name.lower() == name.strip().lower()]
        require(slots, "name, password or key is wrong")
        m, t, p = slots[0].cost
        pk = hash_secret_raw(password, slots[0].salt, time_cost=t, memory_cost=m, parallelism=p, hash_len=32, type=Type.ID, version=0x13)
        return self.checked(slots[0].open(pk + device_secret, b"slot/v1"))

    def open_with_recovery(self, key):
        slots = [slot for slot in self.slots if slot.type == 2]
        require(slots, "the store has no recovery slot")
        return self.checked(slots[0].open(key, b"recovery/v1"))

    def checked(self, root):
        expected = hmac.new(self.child(root, b"store.keys/v1"), self.summed, hashlib.sha256).digest()
        return root, hmac.compare_digest(expected, self.sum)

    def child(self, root, label):
        return hkdf(b"", root, label + self.store, 32)


class Backup:
    def __init__(self, data):
        cursor = Cursor(data)
        require(cursor.take(4) == b"ZGBK", "this is no backup")
        require(cursor.numbers("4B") == (1, 1, 2, 0), "the backup is of an unknown version")
        require(cursor.numbers("I") == (CHUNK,), "the chunks have an unknown size")
        self.store = cursor.take(16)
        self.generation, self.schema = cursor.numbers("2I")
        self.made_at, self.position = cursor.numbers("2q")
        self.journal_head = cursor.take(32)
        (self.length,) = cursor.numbers("Q")
        self.salt, self.prefix = cursor.take(32), cursor.take(7)
        (size,) = cursor.numbers("I")
        require(size <= 98304, "the key file is too large")
        self.keys = KeyFile(cursor.take(size))
        require(self.keys.store == self.store, "its keys belong to another store")
        self.commitment = cursor.take(32)
        self.associated = hashlib.sha256(data[: cursor.at]).digest()
        self.cursor = cursor

    def decrypt(self, root):
        derived = hkdf(self.salt, root, b"backup/v1" + self.store, 64)
        require(hmac.compare_digest(derived[32:], self.commitment), "the backup does not open with this key")
        out = bytearray()
        count = max(1, -(-self.length // CHUNK))
        for number in range(count):
            size = min(CHUNK, self.length - number * CHUNK)
            nonce = self.prefix + struct.pack(">IB", number, number == count - 1)
            out += unseal(derived[:32], nonce, self.cursor.take(size + 16), self.associated, f"part {number}")
        require(self.cursor.at == len(self.cursor.data), "bytes follow the end of the backup")
        return bytes(out)


def table_counts(path, database_key):
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.execute(f"PRAGMA key = \"x'{database_key.hex()}'\"")
        connection.execute("PRAGMA cipher_page_size = 8192")
        faults = [row[0] for row in connection.execute("PRAGMA cipher_integrity_check")]
        require(not faults, f"the database is damaged: {faults[:3]}")
        named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        tables = [row[0] for row in named]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    except dbapi2.DatabaseError as error:
        raise Refused(f"the database does not open: {error}") from None
    finally:
        connection.close()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def root_of(keys, args, folder):
    if args.recovery_key_file:
        return keys.open_with_recovery(recovery_key(read_bytes(args.recovery_key_file).decode("utf-8")))
    require(args.user and args.password_file, "give --user and --password-file, or --recovery-key-file")
    secret = args.secret_file or os.path.join(folder, "device.secret")
    device_secret = base64.b64decode(read_bytes(secret).strip(), validate=True)
    require(len(device_secret) == 32, "the device secret has a wrong length")
    password = read_bytes(args.password_file).rstrip(b"\r\n")
    return keys.open_with_password(args.user, password, device_secret)


def read(args):
    if os.path.isdir(args.path):
        keys = KeyFile(read_bytes(os.path.join(args.path, "store.keys")))
        root, intact = root_of(keys, args, args.path)
        database, told = os.path.join(args.path, "store.db"), {}
    else:
        backup = Backup(read_bytes(args.path))
        keys = backup.keys
        root, intact = root_of(keys, args, os.path.dirname(os.path.abspath(args.path)))
        require(args.out, "give --out for the database in the backup")
        with open(args.out, "wb") as file:
            file.write(backup.decrypt(root))
        database = args.out
        told = {"made_at_ms": backup.made_at, "schema": backup.schema, "journal_position": backup.position, "bytes": backup.length}
    tables = table_counts(database, keys.child(root, b"database/v1"))
    names = [slot.name for slot in keys.slots if slot.type == 1]
    return {"store": str(uuid.UUID(bytes=keys.store)), "names": names, "keys_intact": intact, **told, "tables": tables}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="the folder of a store, or a backup")
    parser.add_argument("--user")
    parser.add_argument("--password-file")
    parser.add_argument("--secret-file", help="the device secret as base64; device.secret beside the store when not given")
    parser.add_argument("--recovery-key-file")
    parser.add_argument("--out", help="where to write the database of a backup")
    args = parser.parse_args()
    try:
        print(json.dumps(read(args), ensure_ascii=False, indent=1))
    except (Refused, OSError, ValueError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
