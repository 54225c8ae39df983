"""A tree that changes: after every order, join and move the group volumes above are right at once."""

from mlmcore.genealogy.live.live_genealogy import FrozenLive, LiveGenealogy, LiveLeg, Moved, Person

__all__ = ["FrozenLive", "LiveGenealogy", "LiveLeg", "Moved", "Person"]
