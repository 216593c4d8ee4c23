"""The Merkle tree, against a tree that is built the slow way, as RFC 9162 says it."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esdemo.audit import merkle

LEAVES = [merkle.leaf(b"%d" % number) for number in range(65)]
SIZES = range(len(LEAVES) + 1)

ENTRIES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
"""The entries of the reference tests of certificate transparency (google/certificate-transparency,
merkletree/merkle_tree_test.cc), and the roots over the first 1, 2, 3 and so on."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def slow_root(leaves):
    """RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = max(2**power for power in range(8) if 2**power < len(leaves))
    return sha256(b"\x01" + slow_root(leaves[:half]) + slow_root(leaves[half:])).digest()


def flipped(digest):
    return bytes([digest[0] ^ 1]) + digest[1:]


def test_the_known_answers():
    assert merkle.root([]) == bytes.fromhex(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    leaves = [merkle.leaf(bytes.fromhex(entry)) for entry in ENTRIES]
    assert [merkle.root(leaves[:size]).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_the_tree_built_the_slow_way(size):
    assert merkle.root(LEAVES[:size]) == slow_root(LEAVES[:size])


@given(st.lists(st.integers(0, 9), max_size=12))
def test_a_tree_that_grows_in_steps_is_the_tree_of_all(steps):
    tree, size = merkle.Tree(), 0
    for step in steps:
        tree = tree.add(LEAVES[size % 50 : size % 50 + step])
        size += step
    everything = [leaf for at, step in _places(steps) for leaf in LEAVES[at : at + step]]
    assert tree == merkle.Tree().add(everything)
    assert tree.size == len(everything)
    assert len(tree.peaks) == tree.size.bit_count()


def _places(steps):
    size = 0
    for step in steps:
        yield size % 50, step
        size += step


@pytest.mark.parametrize("size", SIZES[1:])
def test_an_inclusion_proof_holds_for_its_leaf_at_its_place_and_for_no_other(size):
    root = merkle.root(LEAVES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(LEAVES[:size], index)
        assert len(proof) <= size.bit_length()
        assert merkle.includes(proof, index, size, LEAVES[index], root)
        assert not merkle.includes(proof, index, size, flipped(LEAVES[index]), root)
        assert not merkle.includes(proof, index, size, LEAVES[index], flipped(root))
        assert not merkle.includes((*proof, root), index, size, LEAVES[index], root)
        assert not proof or not merkle.includes(proof[:-1], index, size, LEAVES[index], root)
        assert not merkle.includes(proof, size, size, LEAVES[index], root)
        assert not merkle.includes(proof, -1, size, LEAVES[index], root)
        for other in range(size):
            held = merkle.includes(proof, other, size, LEAVES[index], root)
            assert held == (other == index)


@pytest.mark.parametrize("new", SIZES)
def test_a_consistency_proof_holds_for_the_beginning_and_for_nothing_else(new):
    new_root = merkle.root(LEAVES[:new])
    for old in range(new + 1):
        old_root = merkle.root(LEAVES[:old])
        proof = merkle.consistency_proof(LEAVES[:new], old)
        assert merkle.consistent(proof, old, old_root, new, new_root)
        assert not merkle.consistent((*proof, old_root), old, old_root, new, new_root)
        if old > 0:
            assert not merkle.consistent(proof, old, flipped(old_root), new, new_root)
            assert not merkle.consistent(proof, old, old_root, new, flipped(new_root))
        if 0 < old < new:
            assert not merkle.consistent(proof[:-1], old, old_root, new, new_root)
            assert not merkle.consistent(proof, new, new_root, old, old_root)
            for place in range(len(proof)):
                wrong = (*proof[:place], flipped(proof[place]), *proof[place + 1 :])
                assert not merkle.consistent(wrong, old, old_root, new, new_root)


def test_an_empty_tree_begins_every_tree_but_is_known_by_its_root():
    some = merkle.root(LEAVES[:3])
    assert merkle.consistent((), 0, merkle.root([]), 3, some)
    assert not merkle.consistent((), 0, some, 3, some)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError, match="no leaf"):
        merkle.inclusion_proof(LEAVES[:3], index)


@pytest.mark.parametrize("old", [-1, 4])
def test_there_is_no_proof_for_a_beginning_that_is_longer(old):
    with pytest.raises(IndexError, match="no beginning"):
        merkle.consistency_proof(LEAVES[:3], old)


def test_a_leaf_cannot_pass_for_a_node():
    left, right = LEAVES[:2]
    assert merkle.leaf(left + right) != merkle.node(left, right)
