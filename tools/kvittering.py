#!/usr/bin/env python3
"""Verifies a receipt from an access log that is sealed as Kilde seals it. Needs Python 3.8 and nothing else.

    python3 kvittering.py RECEIPT.json --key 'KEY OF THE LOG' [--witness 'KEY OF A WITNESS' ...]

The keys are lines of https://.../INSTANCE/seal/keys. Get them from somewhere you trust (the municipality's own pages, the
witness itself), not from whoever gave you the receipt.

What it shows when it says OK: the log with that key had exactly this entry, at this place, when the checkpoint was signed; and
each witness named had then seen the same log, and that it only ever grew. What it cannot show: that the entry tells the truth,
and that what the receipt keeps back is harmless.

Formats: RFC 6962 (tree), RFC 8032 (Ed25519), c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof.
"""
import argparse, base64, hashlib, json, sys
from datetime import datetime, timezone


class Refused(Exception):
    """The receipt does not prove what it says."""


def sha256(data):
    return hashlib.sha256(data).digest()


def unbase64(text):
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Refused("something in it is no base64")


# --- Ed25519, RFC 8032 section 5.1 and appendix: slow, short, and only for verifying -----------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        return None
    return P - x if (x & 1) != sign else x


def add(a, b):
    """Adds points in extended coordinates (X, Y, Z, T)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verifies(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- The tree, RFC 6962 section 2.1 and RFC 9162 section 2.1.3.2 -------------------------------------------------------------


def root_from(leaf, index, size, path):
    """The root that the leaf and the hashes beside its way up make."""
    if index >= size:
        raise Refused("the entry lies beyond the checkpoint")
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Refused("the proof is too long")
        if at & 1 or at == last:
            node = sha256(b"\x01" + sibling + node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise Refused("the proof is too short")
    return node


# --- Keys, notes and checkpoints, c2sp.org --------------------------------------------------------------------------------------

LOG, WITNESS = 1, 4


def key_of(text, kind):
    """A verifier key `name+id+base64(kind | public key)`: name, id, public key."""
    name, _, rest = text.strip().partition("+")
    number, _, value = rest.partition("+")
    value = unbase64(value)
    if len(value) != 33 or value[0] != kind:
        raise Refused("%s is no key of %s" % (text, "a witness" if kind == WITNESS else "a log"))
    if sha256(name.encode() + b"\n" + value)[:4].hex() != number:
        raise Refused("%s is misspelt" % text)
    return name, number, value[1:]


def signed_by(key, kind, text, lines):
    """For a log True, for a witness the time, if the key has signed the text."""
    name, number, public = key
    for line in lines:
        dash, _, rest = line.partition(" ")
        signer, _, value = rest.partition(" ")
        value = unbase64(value)
        if dash != "\u2014" or signer != name or value[:4].hex() != number:
            continue
        if kind == LOG and ed25519_verifies(public, text.encode(), value[4:]):
            return True
        if kind == WITNESS:
            time = int.from_bytes(value[4:12], "big")
            if ed25519_verifies(public, ("cosignature/v1\ntime %d\n%s" % (time, text)).encode(), value[12:]):
                return time
        raise Refused("the signature of %s is forged" % name)
    raise Refused("%s has not signed the checkpoint" % name)


# --- The receipt ------------------------------------------------------------------------------------------------------------------


def verify(receipt, log_key, witness_keys):
    """Gives the entry and the times of the witnesses, or raises Refused."""
    if receipt.get("kind") != "kilde-receipt-1":
        raise Refused("it is no receipt of a kind that is known here")
    # The leaf: two commitments, one to what the receipt tells and one to what it keeps back.
    entry, kept = receipt["entry"].encode(), unbase64(receipt["kept"])
    if "keptEntry" in receipt and sha256(unbase64(receipt["keptSalt"]) + receipt["keptEntry"].encode()) != kept:
        raise Refused("the part that is disclosed besides is not what was sealed")
    if len(unbase64(receipt["salt"])) != 16 or len(kept) != 32:
        raise Refused("salt or commitment has a wrong length")
    leaf = sha256(b"\x00" + sha256(unbase64(receipt["salt"]) + entry) + kept)
    # The proof: a first line, the index, the path, an empty line, the checkpoint.
    head, _, checkpoint = receipt["proof"].partition("\n\n")
    kind, index, *path = head.split("\n")
    if kind != "c2sp.org/tlog-proof@v1" or index != "index %d" % (receipt["no"] - 1):
        raise Refused("the proof is of another entry, or of another kind")
    # The checkpoint: origin, size, root, an empty line, signatures.
    text, _, lines = checkpoint.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    if root_from(leaf, receipt["no"] - 1, int(size), [unbase64(line) for line in path]) != unbase64(root):
        raise Refused("the entry is not in the log that was signed")
    lines = [line for line in lines.split("\n") if line]
    key = key_of(log_key, LOG)
    if key[0] != origin:
        raise Refused("the checkpoint is of the log %s, and the key of %s" % (origin, key[0]))
    signed_by(key, LOG, text, lines)
    witnesses = {}
    for witness in witness_keys:
        witness = key_of(witness, WITNESS)
        witnesses[witness[0]] = signed_by(witness, WITNESS, text, lines)
    return receipt["entry"], int(size), witnesses


WORDS = {
    "t": "time", "a": "who", "p": "about whom (the log's own number)", "x": "action", "i": "interaction", "s": "service",
    "q": "resources", "m": "number of resources", "n": "search parameters", "g": "ground", "u": "purpose", "w": "reason in words",
    "y": "deciding policy", "f": "refused because", "b": "elements withheld", "z": "automatic",
}
WHO = {"k": "kind", "n": "name", "r": "profession", "o": "organisation", "u": "unit", "c": "system"}


def when(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def show(value, words=WORDS, indent="  "):
    for name, part in value.items():
        if isinstance(part, dict):
            print(indent + words.get(name, name) + ":")
            show(part, WHO, indent + "  ")
        else:
            print("%s%s: %s" % (indent, words.get(name, name), when(part / 1000) if name == "t" and words is WORDS else part))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt")
    parser.add_argument("--key", required=True, help="verifier key of the log")
    parser.add_argument("--witness", action="append", default=[], help="verifier key of a witness that must have cosigned")
    asked = parser.parse_args()
    try:
        with open(asked.receipt, encoding="utf-8") as file:
            receipt = json.load(file)
        entry, size, witnesses = verify(receipt, asked.key, asked.witness)
    except Refused as why:
        sys.exit("REFUSED: %s" % why)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as why:
        sys.exit("REFUSED: it is no receipt (%s)" % type(why).__name__)
    print("OK: entry %d of a log that had %d entries when it was signed by %s" % (receipt["no"], size, asked.key.split("+")[0]))
    for name, time in witnesses.items():
        print("OK: cosigned by %s at %s" % (name, when(time)))
    if entry.startswith("{"):
        show(json.loads(entry))
    else:
        print("  " + (entry or "all of the entry is kept back"))


if __name__ == "__main__":
    main()
