"""LIME for images: ask the model once, then change class, kernel, surrogate and view without asking again.

import lime_core as lc

picture = lc.load_picture("cat.jpg")
model = lc.load_model("efficientnet_lite0")
probe = lc.probe_image(picture, model, num_samples=1000)      # asks the model
explanation = lc.explain(probe, surrogate=lc.Ridge(alpha=1))  # does not
"""

import os

from lime_core import ending

ending.stop_at_once()

# Read when torch is imported: threads that wait for each other sleep instead of spinning.  With spinning, a single busy
# neighbour, such as the browser that shows the app, makes a model on two cores ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from lime_core.attributions.attribution import Attribution, AttributionMethod
from lime_core.attributions.gradients import GradCam, IntegratedGradients
from lime_core.attributions.perturbing import KernelShap, Occlusion, Rise
from lime_core.attributions.side_by_side import SideBySide, side_by_side
from lime_core.attributions.table import ATTRIBUTIONS, attribute
from lime_core.batch.job import Job
from lime_core.batch.local_pool import LocalPool
from lime_core.batch.ray_pool import RayPool
from lime_core.batch.result import ClassFigures, Outcome, PictureResult
from lime_core.batch.run import run_batch
from lime_core.catalog.first_photo import FirstAnswers, first_answers
from lime_core.catalog.loading import MODELS, find_model, load_model, model_names
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_folder import DescribedModels, described_models
from lime_core.catalog.model_input import ModelInput
from lime_core.catalog.model_reading import read_model_file
from lime_core.catalog.weights_guess import FileGuess, guess_model_file
from lime_core.drawing.view import View
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import (
    BadLesson,
    BadPicture,
    BadPrior,
    BadScores,
    DeviceLost,
    LimeError,
    ModelBusy,
    ModelUnavailable,
    PriorMismatch,
    ReplayMismatch,
    TooFewSuperpixels,
    TooManySuperpixels,
    UnfitMethod,
)
from lime_core.evaluation.certainty import (
    half_widths,
    rank_certainty,
    samples_needed,
    samples_to_settle,
    sign_certainty,
    top_certainty,
)
from lime_core.evaluation.held_out import held_out_r2
from lime_core.evaluation.pixel_map import PixelMap, pixel_map, segmentation_agreement, segmentations_for
from lime_core.evaluation.settling import curve, curve_sizes, settled, until_settled
from lime_core.evaluation.stability import grow_repeats, report_of, stability
from lime_core.evaluation.stability_report import Metric, StabilityReport
from lime_core.explanation.explain_image import explain_image
from lime_core.explanation.explanation import Explanation, LocalMap
from lime_core.explanation.fitting import explain, fit
from lime_core.explanation.pooling import read_in, readings
from lime_core.explanation.prior import LookingPrior, Prior, Projection
from lime_core.explanation.settings import FitSettings
from lime_core.features.description import Description, describe
from lime_core.findings.best_setting import BestSetting, find_setting
from lime_core.findings.importance import importances
from lime_core.findings.losses import Losses
from lime_core.findings.preference import Answer, Preference, sides
from lime_core.findings.travel import Journey, journeys, left_out_in_words, parts_in_words, parts_to_tune
from lime_core.interpretdl.importing import import_prior
from lime_core.isolation.isolated import guess_isolated, load_isolated
from lime_core.isolation.limits import ModelLimits
from lime_core.judging.composed import Composed, compose, pointing_game, relevance_mass_accuracy
from lime_core.judging.faithfulness import Curve, Faithfulness, deletion, faithfulness, faithfulness_of, insertion
from lime_core.judging.fidelity import Fidelity, HiddenSubsets, fidelity, fidelity_of
from lime_core.judging.flipping import PixelFlipping
from lime_core.judging.kept import Kept, KeptScores, kept_scores, kept_scores_of
from lime_core.judging.relevance_gain import RelevanceGain, relevance_gain, relevance_gain_of, relevance_gains
from lime_core.judging.removal import Removal
from lime_core.label_maps.editing import draw_superpixel, join_superpixels, split_superpixel
from lime_core.label_maps.label_file import load_label_map
from lime_core.label_maps.label_map import LabelMap
from lime_core.label_maps.strokes import outline_of, region_inside, superpixel_under
from lime_core.lessons.guess import GuessScore, score_guess
from lime_core.lessons.hand_in import HandIn, read_hand_in
from lime_core.lessons.lesson import Lesson
from lime_core.lessons.lesson_file import lessons_in, read_lesson
from lime_core.lessons.question import Question
from lime_core.lime_interface.explainer import LimeImageExplainer
from lime_core.lime_interface.image_explanation import ImageExplanation
from lime_core.living.report import living_report
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.models.functions import wrap_model
from lime_core.models.scores import SPACES
from lime_core.models.torch_classifier import ENGINES, PRECISIONS, torch_classifier
from lime_core.onnx_models.onnx_classifier import ONNX_ENGINES, onnx_classifier
from lime_core.pictures.gallery import GALLERY, crops, gallery_name, gallery_picture
from lime_core.pictures.picture import Picture, load_picture
from lime_core.pictures.sources import Found, from_folder, from_paths, from_zip
from lime_core.presets.methods import METHODS, Method
from lime_core.presets.preset import Preset
from lime_core.presets.table import PRESETS
from lime_core.priors.building import GLOBAL_WEIGHTS, PriorBuilder, build_prior
from lime_core.priors.class_activation import ClassActivation, class_activation
from lime_core.priors.examples import Examples
from lime_core.priors.files import load_prior, prior_bytes, save_prior
from lime_core.priors.prior import GlobalPrior
from lime_core.priors.strengths import (
    STRENGTHS,
    USUAL_STRENGTH,
    AtStrength,
    at_strengths,
    effect_of,
    faithfulness_at,
    usual_strengths,
)
from lime_core.priors.summary import PictureSummary, load_summary, save_summary
from lime_core.priors.words import fit_words
from lime_core.probing.growing import grow, open_probe, probe_image
from lime_core.probing.hidden_versions import Answers, AnswerStore, what_if
from lime_core.probing.hiding import HIDINGS, Blur, Color, Hiding, ImageMean, Noise, SuperpixelMean
from lime_core.probing.probe import Probe
from lime_core.probing.scene import Scene
from lime_core.probing.spec import ProbeSettings, ProbeSpec
from lime_core.probing.store import ProbeStore
from lime_core.reports.replay import replay
from lime_core.sampling.enumeration import Enumerate
from lime_core.sampling.kernels import KERNELS, CosineKernel, CosineSimilarity, Kernel, L2Kernel, NoKernel
from lime_core.sampling.sampler import Sampler
from lime_core.sampling.samplers import SAMPLERS, Antithetic, Bernoulli, FoldOver, GlimeBinomial, LimeMasks, UniformK
from lime_core.sharing.link import Link, read_link
from lime_core.steps.fitted_samples import FittedSamples, fitted_samples, walk_sizes
from lime_core.superpixels.clusters import CompactWatershed, Slic
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.regions import Felzenszwalb, Grid
from lime_core.superpixels.segmentation import Segmentation, segment
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter
from lime_core.superpixels.segmenters import SEGMENTERS
from lime_core.surrogates.linear import BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge
from lime_core.surrogates.selection import (
    SELECTIONS,
    AllFeatures,
    AutoSelection,
    ForwardSelection,
    HighestWeights,
    LassoPath,
    Selection,
)
from lime_core.surrogates.surrogate import Expected, Samples, Surrogate, SurrogateFit
from lime_core.surrogates.table import SURROGATES
from lime_core.surrogates.tree import Tree
from lime_core.surrogates.with_prior import (
    SURROGATES_WITH_PRIOR,
    BayesianRidgeWithPrior,
    ElasticNetWithPrior,
    RidgeWithPrior,
    with_prior,
    without_prior,
)
from lime_core.takeaway.card import card_markdown
from lime_core.takeaway.opening import Opened, open_manifest
from lime_core.takeaway.saving import explanation_bytes, save_explanation
from lime_core.takeaway.snippet import snippet
from lime_core.trust.addition import Addition
from lime_core.trust.cross_fit import cross_fitted_r2
from lime_core.trust.interactions import Interactions, interactions, interactions_in_words
from lime_core.trust.segmentation_trust import segmentation_error, segmentations_in_words
from lime_core.trust.soft_stability import SoftStability, soft_stability, soft_stability_of
from lime_core.tuning.fit_scores import FitScores, fit_scores, whole_agreement
from lime_core.tuning.setting import Setting, usually_varied
from lime_core.tuning.space import Space
from lime_core.tuning.storage import study_storage
from lime_core.tuning.study import Study
from lime_core.tuning.trial import Case, Trial, cases_of
from lime_core.version import __version__

# fmt: off
# As ruff sorts them, filled to 116 columns.
__all__ = [
    "ATTRIBUTIONS", "ENGINES", "GALLERY", "GLOBAL_WEIGHTS", "HIDINGS", "KERNELS", "METHODS", "MODELS", "ONNX_ENGINES",
    "PRECISIONS", "PRESETS", "SAMPLERS", "SEGMENTERS", "SELECTIONS", "SPACES", "STRENGTHS", "SURROGATES",
    "SURROGATES_WITH_PRIOR", "USUAL_STRENGTH", "Addition", "AllFeatures", "Answer", "AnswerStore", "Answers",
    "Antithetic", "AtStrength", "Attribution", "AttributionMethod", "AutoSelection", "BadLesson", "BadPicture",
    "BadPrior", "BadScores", "BayesianRidge", "BayesianRidgeWithPrior", "Bernoulli", "BestSetting", "Blur", "Case",
    "ClassActivation", "ClassFigures", "Classifier", "Color", "CompactWatershed", "Composed", "CosineKernel",
    "CosineSimilarity", "Curve", "DescribedModels", "Description", "DeviceLost", "ElasticNet", "ElasticNetWithPrior",
    "Enumerate", "Examples", "Expected", "Explanation", "Faithfulness", "Felzenszwalb", "Fidelity", "FileGuess",
    "FirstAnswers", "FitScores", "FitSettings", "FittedSamples", "FoldOver", "ForwardSelection", "Found",
    "GlimeBinomial", "GlobalPrior", "GradCam", "Grid", "GuessScore", "HandIn", "HiddenSubsets", "Hiding",
    "HighestWeights", "ImageExplanation", "ImageMean", "IntegratedGradients", "Interactions", "Job", "Journey", "Kept",
    "KeptScores", "Kernel", "KernelShap", "L2Kernel", "LabelMap", "Lasso", "LassoPath", "LeastSquares", "Lesson",
    "LimeError", "LimeImageExplainer", "LimeMasks", "Link", "LocalMap", "LocalPool", "LookingPrior", "Losses", "Method",
    "Metric", "ModelBusy", "ModelFacts", "ModelFile", "ModelInput", "ModelLimits", "ModelUnavailable", "NoKernel",
    "Noise", "Occlusion", "Opened", "Outcome", "Picture", "PictureResult", "PictureSummary", "PixelFlipping",
    "PixelMap", "Preference", "Preprocessing", "Preset", "Prior", "PriorBuilder", "PriorMismatch", "Probe",
    "ProbeSettings", "ProbeSpec", "ProbeStore", "Projection", "Question", "Quickshift", "RayPool", "RelevanceGain",
    "Removal", "ReplayMismatch", "Ridge", "RidgeWithPrior", "Rise", "Sampler", "Samples", "Scene", "Segmentation",
    "Segmentations", "Segmenter", "Selection", "Setting", "SideBySide", "Slic", "SoftStability", "Space",
    "StabilityReport", "Study", "SuperpixelMean", "Surrogate", "SurrogateFit", "TooFewSuperpixels",
    "TooManySuperpixels", "Tree", "Trial", "UnfitMethod", "UniformK", "View", "__version__", "at_strengths",
    "attribute", "build_prior", "card_markdown", "cases_of", "class_activation", "compose", "crops", "cross_fitted_r2",
    "curve", "curve_sizes", "deletion", "describe", "described_models", "draw_superpixel", "effect_of", "explain",
    "explain_image", "explanation_bytes", "faithfulness", "faithfulness_at", "faithfulness_of", "fidelity",
    "fidelity_of", "find_model", "find_setting", "first_answers", "fit", "fit_scores", "fit_words", "fitted_samples",
    "from_folder", "from_paths", "from_zip", "gallery_name", "gallery_picture", "grow", "grow_repeats",
    "guess_isolated", "guess_model_file", "half_widths", "held_out_r2", "import_prior", "importances", "insertion",
    "interactions", "interactions_in_words", "join_superpixels", "journeys", "kept_scores", "kept_scores_of",
    "left_out_in_words", "lessons_in", "living_report", "load_isolated", "load_label_map", "load_model", "load_picture",
    "load_prior", "load_summary", "model_names", "onnx_classifier", "open_manifest", "open_probe", "outline_of",
    "parts_in_words", "parts_to_tune", "pixel_map", "pointing_game", "prior_bytes", "probe_image", "rank_certainty",
    "read_hand_in", "read_in", "read_lesson", "read_link", "read_model_file", "readings", "region_inside",
    "relevance_gain", "relevance_gain_of", "relevance_gains", "relevance_mass_accuracy", "replay", "report_of",
    "run_batch", "samples_needed", "samples_to_settle", "save_explanation", "save_prior", "save_summary", "score_guess",
    "segment", "segmentation_agreement", "segmentation_error", "segmentations_for", "segmentations_in_words", "settled",
    "side_by_side", "sides", "sign_certainty", "snippet", "soft_stability", "soft_stability_of", "split_superpixel",
    "stability", "study_storage", "superpixel_under", "top_certainty", "torch_classifier", "until_settled",
    "usual_strengths", "usually_varied", "walk_sizes", "what_if", "whole_agreement", "with_prior", "without_prior",
    "wrap_model",
]
# fmt: on
