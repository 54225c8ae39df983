"""What a repository of categories promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from attrs import evolve

from mlmcore.domain.errors import BrokenReferenceError, ConflictError, NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import a_category, raises

__all__ = ["CategoriesContract"]


class CategoriesContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        category = a_category(description="Loose leaves", is_active=False)

        with unit_of_work() as unit:
            stored = unit.categories.add(category)
            assert stored == evolve(category, created_at=unit.now, updated_at=unit.now)
            assert unit.categories.get(category.id) == stored
            assert unit.categories.find_by_slug(category.slug) == stored
            assert unit.categories.find(new_id()) is None
            for ask in (unit.categories.get, unit.categories.list_path):
                with raises(NotFoundError):
                    ask(new_id())

    def test_a_slug_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J1."""
        with unit_of_work() as unit:
            category = unit.categories.add(a_category())
            with raises(ConflictError):
                unit.categories.add(a_category(slug=category.slug))
            with raises(ConflictError):
                unit.categories.add_many([a_category(), a_category(slug=category.slug)])

    def test_a_parent_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J2."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.categories.add(a_category(parent_id=new_id()))

    def test_many_come_in_any_order(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8: a child before its parent."""
        parent = a_category()
        child = a_category(parent_id=parent.id)

        with unit_of_work() as unit:
            unit.categories.add_many([child, parent])
            assert [one.id for one in unit.categories.list_path(child.id)] == [parent.id, child.id]

    def test_nothing_stands_below_itself(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J3: neither by a move nor in a load."""
        with unit_of_work() as unit:
            top = unit.categories.add(a_category())
            middle = unit.categories.add(a_category(parent_id=top.id))
            bottom = unit.categories.add(a_category(parent_id=middle.id))
            with raises(RefusedError) as caught:
                unit.categories.update(evolve(top, parent_id=bottom.id))
            assert caught.text == (
                "the tree of categories would have a loop: "
                f"{top.slug} -> {bottom.slug} -> {middle.slug} -> {top.slug}; "
                "Nothing can stand below itself: give one of them another parent, or none"
            )
            assert unit.categories.get(top.id) == top
            one, other = new_id(), new_id()
            with raises(RefusedError):
                unit.categories.add_many([a_category(id=one, parent_id=other), a_category(id=other, parent_id=one)])
            assert unit.categories.find(one) is None

    def test_a_move_takes_everything_below_along(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`update`, `list_children` by slug, `list_path` from the top."""
        with unit_of_work() as unit:
            first, second = (unit.categories.add(a_category()) for _ in range(2))
            child = unit.categories.add(a_category(parent_id=first.id))
            leaf = unit.categories.add(a_category(parent_id=child.id))
            moved = unit.categories.update(evolve(child, parent_id=second.id))
            sister = unit.categories.add(a_category(parent_id=second.id, slug="a" + moved.slug))
            assert unit.categories.list_children(first.id) == ()
            assert unit.categories.list_children(second.id) == (sister, moved)
            assert unit.categories.list_path(leaf.id) == (second, moved, leaf)
            assert {first.id, second.id} <= {top.id for top in unit.categories.list_children(None)}
            assert child.id not in {top.id for top in unit.categories.list_children(None)}

    def test_pages_go_through_everything_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            unit.categories.add_many([a_category() for _ in range(5)])
            everything = unit.categories.page(None, 10_000)
            assert [one.id for one in everything] == sorted(one.id for one in everything)
            assert unit.categories.page(everything[1].id, 2) == everything[2:4]

    def test_a_change_leaves_an_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9."""
        with unit_of_work() as unit:
            category = unit.categories.add(a_category())
            unit.categories.update(evolve(category, name="Herbs"))
            rows = {row.action: row for row in unit.audit.list_by_entity("product_categories", category.id)}
            assert set(rows["update"].after_data or {}) == {"name"}
