"""The public names; `__init__.py` imports each when it is first used."""

from .attributions.attribution import Attribution, AttributionMethod
from .attributions.gradients import GradCam, IntegratedGradients
from .attributions.perturbing import KernelShap, Occlusion, Rise
from .attributions.side_by_side import SideBySide, side_by_side
from .attributions.table import ATTRIBUTIONS, attribute
from .batch.job import Job
from .batch.local_pool import LocalPool
from .batch.ray_pool import RayPool
from .batch.result import ClassFigures, Outcome, PictureResult
from .batch.run import run_batch
from .catalog.first_photo import FirstAnswers, first_answers
from .catalog.loading import MODELS, find_model, load_model, model_names, model_precisions
from .catalog.model_file import ModelFile
from .catalog.model_folder import DescribedModels, described_models
from .catalog.model_input import ModelInput
from .catalog.model_reading import read_model_file
from .catalog.weights_guess import FileGuess, guess_model_file
from .drawing.view import View
from .engines.preprocessing import Preprocessing
from .errors import (
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
from .evaluation.certainty import (
    half_widths,
    rank_certainty,
    samples_needed,
    samples_to_settle,
    sign_certainty,
    top_certainty,
)
from .evaluation.held_out import held_out_r2
from .evaluation.pixel_map import PixelMap, pixel_map, segmentation_agreement, segmentations_for
from .evaluation.settling import curve, curve_sizes, settled, until_settled
from .evaluation.stability import grow_repeats, report_of, stability
from .evaluation.stability_report import Metric, StabilityReport
from .explanation.explain_image import explain_image
from .explanation.explanation import Explanation, LocalMap
from .explanation.fitting import explain, fit
from .explanation.pooling import read_in, readings
from .explanation.prior import LookingPrior, Prior, Projection
from .explanation.settings import FitSettings
from .features.description import Description, describe
from .findings.best_setting import BestSetting, find_setting
from .findings.importance import importances
from .findings.losses import Losses
from .findings.preference import Answer, Preference, sides
from .findings.travel import Journey, journeys, left_out_in_words, parts_in_words, parts_to_tune
from .hand_ins.hand_in import HandIn, read_hand_in
from .interpretdl.importing import import_prior
from .isolation.isolated import guess_isolated, load_isolated, prepare_isolated
from .isolation.limits import ModelLimits
from .judging.composed import Composed, compose, pointing_game, relevance_mass_accuracy
from .judging.faithfulness import Curve, Faithfulness, deletion, faithfulness, faithfulness_of, insertion
from .judging.fidelity import Fidelity, HiddenSubsets, fidelity, fidelity_of
from .judging.flipping import PixelFlipping
from .judging.kept import Kept, KeptScores, kept_scores, kept_scores_of
from .judging.relevance_gain import RelevanceGain, relevance_gain, relevance_gain_of, relevance_gains
from .judging.removal import Removal
from .label_maps.editing import draw_superpixel, join_superpixels, split_superpixel
from .label_maps.label_file import load_label_map
from .label_maps.label_map import LabelMap
from .label_maps.strokes import outline_of, region_inside, superpixel_under
from .lessons.guess import GuessScore, score_guess
from .lessons.lesson import Lesson
from .lessons.lesson_file import read_lesson
from .lessons.lesson_folder import lessons_in
from .lessons.question import Question
from .lime_interface.explainer import LimeImageExplainer
from .lime_interface.image_explanation import ImageExplanation
from .living.report import living_report
from .models.classifier import Classifier
from .models.facts import ModelFacts
from .models.functions import wrap_model
from .models.scores import SPACES
from .models.torch_classifier import ENGINES, PRECISIONS, precisions_of, torch_classifier
from .onnx_models.onnx_classifier import ONNX_ENGINES, onnx_classifier, onnx_precisions
from .pictures.gallery import GALLERY, crops, gallery_name, gallery_picture
from .pictures.picture import Picture, load_picture
from .pictures.sources import Found, from_folder, from_paths, from_zip
from .presets.methods import METHODS, Method
from .presets.preset import Preset
from .presets.table import PRESETS
from .priors.building import GLOBAL_WEIGHTS, PriorBuilder, build_prior
from .priors.class_activation import ClassActivation, class_activation
from .priors.examples import Examples
from .priors.files import load_prior, prior_bytes, save_prior
from .priors.prior import GlobalPrior
from .priors.strengths import (
    STRENGTHS,
    USUAL_STRENGTH,
    AtStrength,
    at_strengths,
    effect_of,
    faithfulness_at,
    usual_strength,
    usual_strengths,
)
from .priors.summary import PictureSummary, load_summary, save_summary
from .priors.words import fit_words
from .probing.growing import grow, open_probe, probe_image
from .probing.hidden_versions import Answers, what_if
from .probing.hiding import HIDINGS, Blur, Color, Hiding, ImageMean, Noise, SuperpixelMean
from .probing.probe import Probe
from .probing.scene import Scene
from .probing.spec import ProbeSettings, ProbeSpec
from .reports.replay import replay
from .sampling.enumeration import Enumerate
from .sampling.kernels import KERNELS, CosineKernel, CosineSimilarity, Kernel, L2Kernel, NoKernel
from .sampling.sampler import Sampler
from .sampling.samplers import SAMPLERS, Antithetic, Bernoulli, FoldOver, GlimeBinomial, LimeMasks, UniformK
from .sharing.link import Link, read_link
from .steps.fitted_samples import FittedSamples, fitted_samples, walk_sizes
from .stores.answer_store import AnswerStore
from .stores.probe_store import ProbeStore
from .superpixels.clusters import CompactWatershed, Slic
from .superpixels.quickshift import Quickshift
from .superpixels.regions import Felzenszwalb, Grid
from .superpixels.segmentation import Segmentation, segment
from .superpixels.segmentations import Segmentations
from .superpixels.segmenter import Segmenter
from .superpixels.segmenters import SEGMENTERS
from .surrogates.linear import BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge
from .surrogates.selection import (
    SELECTIONS,
    AllFeatures,
    AutoSelection,
    ForwardSelection,
    HighestWeights,
    LassoPath,
    Selection,
)
from .surrogates.surrogate import Expected, Samples, Surrogate, SurrogateFit
from .surrogates.table import SURROGATES
from .surrogates.tree import Tree
from .surrogates.with_prior import (
    SURROGATES_WITH_PRIOR,
    BayesianRidgeWithPrior,
    ElasticNetWithPrior,
    RidgeWithPrior,
    with_prior,
    without_prior,
)
from .takeaway.card import card_markdown
from .takeaway.opening import Opened, open_manifest
from .takeaway.saving import explanation_bytes, save_explanation
from .takeaway.snippet import snippet
from .trust.addition import Addition
from .trust.cross_fit import cross_fitted_r2
from .trust.interactions import Interactions, interactions, interactions_in_words
from .trust.segmentation_trust import segmentation_error, segmentations_in_words
from .trust.soft_stability import SoftStability, soft_stability, soft_stability_of
from .tuning.fit_scores import FitScores, fit_scores, whole_agreement
from .tuning.setting import Setting, usually_varied
from .tuning.space import Space
from .tuning.storage import study_storage
from .tuning.study import Study
from .tuning.trial import Case, Trial, cases_of
from .version import __version__

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
    "load_prior", "load_summary", "model_names", "model_precisions", "onnx_classifier", "onnx_precisions",
    "open_manifest", "open_probe", "outline_of", "parts_in_words", "parts_to_tune", "pixel_map", "pointing_game",
    "precisions_of", "prepare_isolated", "prior_bytes", "probe_image", "rank_certainty", "read_hand_in", "read_in",
    "read_lesson", "read_link", "read_model_file", "readings", "region_inside", "relevance_gain", "relevance_gain_of",
    "relevance_gains", "relevance_mass_accuracy", "replay", "report_of", "run_batch", "samples_needed",
    "samples_to_settle", "save_explanation", "save_prior", "save_summary", "score_guess", "segment",
    "segmentation_agreement", "segmentation_error", "segmentations_for", "segmentations_in_words", "settled",
    "side_by_side", "sides", "sign_certainty", "snippet", "soft_stability", "soft_stability_of", "split_superpixel",
    "stability", "study_storage", "superpixel_under", "top_certainty", "torch_classifier", "until_settled",
    "usual_strength", "usual_strengths", "usually_varied", "walk_sizes", "what_if", "whole_agreement", "with_prior",
    "without_prior", "wrap_model",
]
# fmt: on
