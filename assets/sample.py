#!/usr/bin/env python3
"""Writes the real digits that the page trains on (assets/README.md says what they are):

    python3 assets/sample.py train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz

500 images of each digit from MNIST's training set, chosen by the SHA-256 of their number, so that any Python on any machine
chooses the same. Nothing of MNIST's test set is read. The same choice in the same order gives the same unpacked files; how
tightly gzip packs them may differ between versions of zlib.
"""

import gzip
import hashlib
import struct
import sys
from pathlib import Path

EACH = 500
SEED = "patchwork sample 1"
# The published MD5 sums of MNIST's training files: other files are refused.
MD5 = {"images": "f68b3c2dcbeaaa9fbdd348bbdeb94873", "labels": "d53e105ee54ea40749a09fcbcd1e9432"}


def read(path: str, what: str) -> bytes:
    """The unpacked bytes of a file, which must be MNIST's training set."""
    packed = Path(path).read_bytes()
    if hashlib.md5(packed).hexdigest() != MD5[what]:
        sys.exit(f"{path} is not the file of MNIST's training {what}: its MD5 sum is another one")
    return gzip.decompress(packed)


def rank(index: int) -> bytes:
    """Where an image stands in an order that depends on nothing but the seed."""
    return hashlib.sha256(f"{SEED}/{index}".encode()).digest()


def choose(labels: bytes) -> list[int]:
    """Numbers of the chosen images: EACH of every digit, in an order that mixes the digits."""
    ranked = sorted(range(len(labels)), key=rank)
    counts = [0] * 10
    chosen = []
    for index in ranked:
        if counts[labels[index]] < EACH:
            counts[labels[index]] += 1
            chosen.append(index)
    return chosen


def write(name: str, content: bytes) -> None:
    """Writes a gzip file without name and time, so that only the content counts."""
    path = Path(__file__).parent / name
    path.write_bytes(gzip.compress(content, 9, mtime=0))
    print(f"{path}: {path.stat().st_size} bytes, unpacked SHA-256 {hashlib.sha256(content).hexdigest()}")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    images, labels = read(sys.argv[1], "images"), read(sys.argv[2], "labels")
    side = struct.unpack(">I", images[8:12])[0]
    pixels, digits = images[16:], labels[8:]
    chosen = choose(digits)
    picked = b"".join(pixels[index * side * side : (index + 1) * side * side] for index in chosen)
    write("mnist-sample-images.idx3.gz", struct.pack(">IIII", 0x803, len(chosen), side, side) + picked)
    write("mnist-sample-labels.idx1.gz", struct.pack(">II", 0x801, len(chosen)) + bytes(digits[index] for index in chosen))


main()
