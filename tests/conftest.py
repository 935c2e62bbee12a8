"""For every test: a property takes the time it needs, since a busy machine is no fault of what is tested."""

from hypothesis import settings

settings.register_profile("alcove", deadline=None)
settings.load_profile("alcove")
