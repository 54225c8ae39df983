"""What a package offers: every `__init__` lists its names sorted, and each of them is there."""

import pkgutil
from importlib import import_module

import pytest

import mlmcore


def _packages() -> list[str]:
    walked = pkgutil.walk_packages(mlmcore.__path__, "mlmcore.")
    return ["mlmcore", *sorted(found.name for found in walked if found.ispkg and "._" not in found.name)]


class TestPackages:
    @pytest.mark.parametrize("name", _packages())
    def test_the_names_are_listed_sorted_once_and_resolve(self, name: str) -> None:
        """A package that offers nothing itself (its modules do) lists nothing."""
        package = import_module(name)
        listed = list(getattr(package, "__all__", []))

        assert listed == sorted(set(listed))
        assert [each for each in listed if not hasattr(package, each)] == []

    @pytest.mark.parametrize("name", _packages())
    def test_a_package_says_what_it_is_for(self, name: str) -> None:
        """Its docstring is a sentence."""
        words = (import_module(name).__doc__ or "").split()

        assert len(words) >= 3
