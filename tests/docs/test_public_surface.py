"""What a package offers: every `__init__` lists its names sorted, and each of them is there."""

import pkgutil
import re
from importlib import import_module

import pytest

import mlmcore
from docs.pages import DOCS


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


class TestReference:
    def test_every_public_module_stands_on_one_page(self) -> None:
        """docs/api: nothing that exists is left out, and nothing stands there that is gone."""
        text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "api").glob("*.md")))
        described = re.findall(r"^\.\. automodule:: (\S+)$", text, re.MULTILINE)

        assert sorted(described) == _public_modules()


def _public_modules() -> list[str]:
    walked = pkgutil.walk_packages(mlmcore.__path__, "mlmcore.")
    return sorted(found.name for found in walked if "._" not in found.name)
