"""LIME for images: ask the model once, then change class, kernel, surrogate and view without asking again.

import lime_core as lc

picture = lc.load_picture("cat.jpg")
model = lc.load_model("efficientnet_lite0")
probe = lc.probe_image(picture, model, num_samples=1000)      # asks the model
explanation = lc.explain(probe, surrogate=lc.Ridge(alpha=1))  # does not

The public names stand in `__init__.pyi`, and each is imported when it is first used: torch alone takes a second, and a
command or a process of one model needs little of the rest.
"""

import os

import lazy_loader

from lime_core import ending

ending.stop_at_once()

# Read when torch is imported: threads that wait for each other sleep instead of spinning.  With spinning, a single busy
# neighbour, such as the browser that shows the app, makes a model on two cores ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
