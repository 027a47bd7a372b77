"""LIME for images: ask the model once, then change class, kernel, surrogate and view without asking again.

import lime_core as lc

picture = lc.load_picture("cat.jpg")
model = lc.load_model("efficientnet_lite0")
probe = lc.probe_image(picture, model, num_samples=1000)      # asks the model
explanation = lc.explain(probe, surrogate=lc.Ridge(alpha=1))  # does not
"""

import os

# Read when torch is imported: threads that wait for each other sleep instead of spinning.  With spinning, a single busy
# neighbour, such as the browser that shows the app, makes a model on two cores ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from lime_core.errors import (
    BadPicture,
    BadScores,
    LimeError,
    ModelUnavailable,
    ReplayMismatch,
    TooFewSuperpixels,
    TooManySuperpixels,
)
from lime_core.explanation import Explanation, FitSettings, explain, explain_image, fit
from lime_core.gallery import GALLERY, gallery_picture
from lime_core.hiding import HIDINGS, Blur, Color, ImageMean, Noise, SuperpixelMean
from lime_core.kernels import KERNELS, CosineKernel, L2Kernel, NoKernel
from lime_core.models import Classifier, torch_classifier, wrap_model
from lime_core.pictures import Picture, load_picture
from lime_core.preprocessing import Preprocessing
from lime_core.probing import Probe, ProbeSpec, Scene, grow, open_probe, probe_image
from lime_core.rendering import View
from lime_core.report import replay
from lime_core.sampling import SAMPLERS, Bernoulli, LimeMasks
from lime_core.scores import SPACES
from lime_core.segmentation import (
    SEGMENTERS,
    Felzenszwalb,
    Grid,
    LabelMap,
    Quickshift,
    Segmentation,
    Slic,
    load_label_map,
    segment,
)
from lime_core.selection import SELECTIONS, AllFeatures, AutoSelection, ForwardSelection, HighestWeights, LassoPath
from lime_core.store import ProbeStore
from lime_core.surrogates import SURROGATES, BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge, Tree
from lime_core.version import __version__
from lime_core.zoo import MODELS, find_model, load_model

__all__ = [
    "GALLERY",
    "HIDINGS",
    "KERNELS",
    "MODELS",
    "SAMPLERS",
    "SEGMENTERS",
    "SELECTIONS",
    "SPACES",
    "SURROGATES",
    "AllFeatures",
    "AutoSelection",
    "BadPicture",
    "BadScores",
    "BayesianRidge",
    "Bernoulli",
    "Blur",
    "Classifier",
    "Color",
    "CosineKernel",
    "ElasticNet",
    "Explanation",
    "Felzenszwalb",
    "FitSettings",
    "ForwardSelection",
    "Grid",
    "HighestWeights",
    "ImageMean",
    "L2Kernel",
    "LabelMap",
    "Lasso",
    "LassoPath",
    "LeastSquares",
    "LimeError",
    "LimeMasks",
    "ModelUnavailable",
    "NoKernel",
    "Noise",
    "Picture",
    "Preprocessing",
    "Probe",
    "ProbeSpec",
    "ProbeStore",
    "Quickshift",
    "ReplayMismatch",
    "Ridge",
    "Scene",
    "Segmentation",
    "Slic",
    "SuperpixelMean",
    "TooFewSuperpixels",
    "TooManySuperpixels",
    "Tree",
    "View",
    "__version__",
    "explain",
    "explain_image",
    "find_model",
    "fit",
    "gallery_picture",
    "grow",
    "load_label_map",
    "load_model",
    "load_picture",
    "open_probe",
    "probe_image",
    "replay",
    "segment",
    "torch_classifier",
    "wrap_model",
]
