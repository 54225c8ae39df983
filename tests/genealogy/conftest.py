"""One Hypothesis profile: no deadline, since the first compiled call takes as long as numba needs."""

from hypothesis import settings

settings.register_profile("genealogy", deadline=None)
settings.load_profile("genealogy")
