"""The presets; where each value comes from is in `docs/presets`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lime_core.drawing.view import View
from lime_core.explanation.settings import FitSettings
from lime_core.presets.preset import Preset
from lime_core.probing.hiding import Color, ImageMean
from lime_core.probing.spec import ProbeSettings
from lime_core.sampling.kernels import CosineSimilarity, NoKernel
from lime_core.sampling.samplers import Bernoulli, LimeMasks
from lime_core.superpixels.clusters import Slic
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.regions import Grid
from lime_core.superpixels.segmentations import Segmentations
from lime_core.surrogates.linear import Lasso, LeastSquares, Ridge
from lime_core.surrogates.selection import AllFeatures, AutoSelection
from lime_core.surrogates.tree import Tree
from lime_core.surrogates.with_prior import RidgeWithPrior

_R_GREY = (190, 190, 190)
"""What R calls grey."""

_REG_FORCE = 2.0
"""InterpretDL's prior_reg_force, for columns of length one; those of n masks that show one half have n / 4."""

_INTERPRETDL = ProbeSettings(Quickshift(kernel_size=5.0, max_dist=10.0, ratio=1.0, sigma=1.0), sampler=LimeMasks())
_IMAGELIME_TREE = FitSettings(kernel=NoKernel(), surrogate=Tree(max_depth=20), feature_selection=AllFeatures())
_IMAGELIME_LASSO = FitSettings(kernel=NoKernel(), surrogate=Lasso(alpha=0.0005), feature_selection=AllFeatures())

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "recommended": Preset(
            title="Recommended",
            help="Four segmentations share 500 samples, masks from a Hadamard matrix: for as many samples a better map "
            "than any of them, and what they agree on.",
            num_samples=500,
            probing=ProbeSettings(Segmentations()),
        ),
        "lime": Preset(
            title="As lime",
            help="The defaults of the Python package lime, and its very masks for the same seed.",
            num_samples=1000,
            probing=ProbeSettings(sampler=LimeMasks()),
            view=View(style="outline", show="for", num_features=5),
        ),
        "r-lime": Preset(
            title="As R's lime",
            help="R's package lime: SLIC, hidden in grey, the 20 strongest superpixels.",
            num_samples=1000,
            probing=ProbeSettings(Slic(n_segments=50, compactness=20.0), Color(_R_GREY), Bernoulli()),
            settings=FitSettings(
                kernel=CosineSimilarity(), surrogate=Ridge(alpha=0.5), feature_selection=AutoSelection(num_features=20)
            ),
            view=View(style="outline", show="for", num_features=20, min_weight=0.02),
        ),
        "imagelime": Preset(
            title="As imageLIME",
            help="The defaults of MATLAB's imageLIME: about 49 superpixels, a tree, importance without sign.",
            num_samples=2048,
            probing=ProbeSettings(Slic(n_segments=49), ImageMean(), Bernoulli()),
            settings=_IMAGELIME_TREE,
            view=View(style="heatmap"),
        ),
        "imagelime-grid": Preset(
            title="As imageLIME, grid",
            help="MATLAB's imageLIME with a grid of 100 cells, a lasso and a smooth map.",
            num_samples=2048,
            probing=ProbeSettings(Grid(10, 10), ImageMean(), Bernoulli()),
            settings=_IMAGELIME_LASSO,
            view=View(style="heatmap", upsampling="bicubic"),
        ),
        "interpretdl": Preset(
            title="As InterpretDL's LIME",
            help="The defaults of LIMECVInterpreter: many small superpixels, and least squares.",
            num_samples=1000,
            probing=_INTERPRETDL,
            settings=FitSettings(surrogate=LeastSquares(), feature_selection=AllFeatures()),
            view=View(show="for"),
        ),
        "g-lime": Preset(
            title="As InterpretDL's G-LIME",
            help="GLIMECVInterpreter as in its tutorial: a ridge towards a global prior, with prior_reg_force 2.",
            num_samples=500,
            probing=_INTERPRETDL,
            settings=FitSettings(
                surrogate=RidgeWithPrior(alpha=0.0),
                feature_selection=AllFeatures(),
                prior_strength=_REG_FORCE * 500 / 4,
            ),
            view=View(show="for"),
            needs_prior=True,
        ),
    }
)
"""name -> preset, the recommended one first."""

RECOMMENDED = PRESETS["recommended"]
