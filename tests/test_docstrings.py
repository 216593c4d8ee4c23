"""The examples in docstrings are run."""

import doctest
import importlib
import pkgutil

import pytest

import esdemo

MODULES = [module.name for module in pkgutil.walk_packages(esdemo.__path__, "esdemo.")]


@pytest.mark.parametrize("name", ["esdemo", *MODULES])
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    clocks = importlib.import_module("esdemo.clocks")
    assert doctest.testmod(clocks).attempted > 0
