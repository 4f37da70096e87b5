"""All photographs of the event: importing the modules below has registered them."""

from app.rehearsal.make import scenes_talks, scenes_things, scenes_town, scenes_venue
from app.rehearsal.make.scenes import SCENES, draw

MODULES = (scenes_talks, scenes_things, scenes_town, scenes_venue)

__all__ = ["MODULES", "SCENES", "draw"]
