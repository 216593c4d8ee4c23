"""A Merkle tree over a log that only grows, as in Certificate Transparency (RFC 9162, section 2.1).

A tree's root is 32 bytes that stand for the whole log. From a handful of other hashes anybody can
check that one entry is in it (inclusion), or that a longer log begins with it (consistency),
without the log. Leaves and inner nodes are hashed with different first bytes, so that neither can
pass for the other.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Tree(msgspec.Struct, frozen=True):
    """A tree that grows: how many leaves, and the roots of its complete subtrees, largest first.

    That is all one needs to add a leaf, so a log is sealed again by reading its tail only.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def add(self, leaves: Iterable[bytes]) -> "Tree":
        """The tree with more leaves at its end."""
        size, peaks = self.size, list(self.peaks)
        for hashed in leaves:
            size += 1
            peaks.append(hashed)
            for _ in range((size & -size).bit_length() - 1):  # two equal halves become one
                right = peaks.pop()
                peaks.append(node(peaks.pop(), right))
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """One hash for all leaves; the hash of nothing for an empty tree."""
        if not self.peaks:
            return sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` (from 0) to the root, nearest first."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return ()
    half = _half(len(leaves))
    if index < half:
        return (*inclusion_proof(leaves[:half], index), root(leaves[half:]))
    return (*inclusion_proof(leaves[half:], index - half), root(leaves[:half]))


def includes(proof: Sequence[bytes], index: int, size: int, leaf_hash: bytes, root: bytes) -> bool:
    """Whether the proof leads from this leaf to this root, in a tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    last, reached = size - 1, leaf_hash
    for other in proof:
        if last == 0:
            return False
        if index % 2 or index == last:
            reached = node(other, reached)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            reached = node(reached, other)
        index, last = index // 2, last // 2
    return last == 0 and reached == root


def consistency_proof(leaves: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """The hashes that show that the tree of the first `old` leaves is the beginning of this one."""
    if not 0 <= old <= len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves has no beginning of {old}")
    return () if old in (0, len(leaves)) else _consistency(leaves, old, whole=True)


def _consistency(leaves: Sequence[bytes], old: int, *, whole: bool) -> tuple[bytes, ...]:
    if old == len(leaves):
        return () if whole else (root(leaves),)
    half = _half(len(leaves))
    if old <= half:
        return (*_consistency(leaves[:half], old, whole=whole), root(leaves[half:]))
    return (*_consistency(leaves[half:], old - half, whole=False), root(leaves[:half]))


def consistent(
    proof: Sequence[bytes], old: int, old_root: bytes, new: int, new_root: bytes
) -> bool:
    """Whether the proof shows that the old tree is the beginning of the new one."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:  # nothing is the beginning of everything
        return not proof and old_root == root(()) and new > 0
    if old > new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    index, last = old - 1, new - 1
    while index % 2:
        index, last = index // 2, last // 2
    small = large = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if index % 2 or index == last:
            small, large = node(other, small), node(other, large)
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            large = node(large, other)
        index, last = index // 2, last // 2
    return last == 0 and small == old_root and large == new_root


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return Tree().add(leaves).root


def _half(size: int) -> int:
    """The largest power of two below `size`: how many leaves are on the left."""
    return 1 << (size - 1).bit_length() - 1
