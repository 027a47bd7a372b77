"""`lime`'s own tutorials for images, step by step, with the import changed: the same masks, weights and pictures.

Networks have random weights, since none can be fetched; what they say is stretched until it differs from mask to mask.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from lime import lime_image
from PIL import Image
from skimage.segmentation import mark_boundaries
from torch.nn import functional
from torchvision import models, transforms

import lime_core as lc

EXPLAINERS = {"lime": lime_image.LimeImageExplainer, "lime_core": lc.LimeImageExplainer}


class Keras:
    """A network in Keras's form: images (n, h, w, 3) in -1..1 in, probabilities out, by `predict`.

    Its logits are measured by how far those of the image lie from those of black.
    """

    def __init__(self, network: torch.nn.Module, image: np.ndarray) -> None:
        self.network = network.eval()
        self.full, self.black = self.logits(np.stack([image, np.zeros_like(image)]))
        self.usual = torch.randn(len(self.full), generator=torch.Generator().manual_seed(1))

    def logits(self, images: np.ndarray) -> torch.Tensor:
        with torch.inference_mode():
            return self.network(torch.from_numpy(images.transpose(0, 3, 1, 2)).float())

    def predict(self, images: np.ndarray) -> np.ndarray:
        apart = (self.logits(images) - self.full) / (self.full - self.black).std()
        return functional.softmax(2.0 * (self.usual + apart), dim=1).numpy()


class Small(torch.nn.Module):
    """Of the same form as InceptionV3, and small."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 16, 7, stride=8), torch.nn.Tanh(), torch.nn.Conv2d(16, 24, 5, stride=4), torch.nn.Tanh(),
            torch.nn.AdaptiveAvgPool2d(3), torch.nn.Flatten(), torch.nn.Linear(216, 50),
        )  # fmt: skip

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.layers(pictures)


def inception_v3() -> torch.nn.Module:
    torch.manual_seed(0)
    return models.inception_v3(weights=None, init_weights=False, transform_input=False)


def small() -> torch.nn.Module:
    torch.manual_seed(0)
    return Small()


def transform_img_fn(photos: list[str]) -> np.ndarray:
    out = []
    for photo in photos:
        pixels = Image.fromarray(lc.gallery_picture(photo).pixels).resize((299, 299))
        out.append(np.array(pixels, dtype=np.float32)[None] / 127.5 - 1.0)
    return np.vstack(out)


def images_tutorial(explainer, network: torch.nn.Module, num_samples: int) -> dict[str, np.ndarray]:
    """The notebook "Tutorial - images": InceptionV3 in Keras, a photo of a cat, its pros and cons, a heat map."""
    images = transform_img_fn(["chelsea"])
    inet_model = Keras(network, images[0])
    preds = inet_model.predict(images)
    explanation = explainer(random_state=0).explain_instance(
        images[0].astype("double"), inet_model.predict, top_labels=5, hide_color=0, num_samples=num_samples
    )
    best = explanation.top_labels[0]
    shown = {}
    for name, words in {
        "only the rest hidden": {"positive_only": True, "num_features": 5, "hide_rest": True},
        "with the rest": {"positive_only": True, "num_features": 5, "hide_rest": False},
        "pros and cons": {"positive_only": False, "num_features": 10, "hide_rest": False},
        "strong ones": {"positive_only": False, "num_features": 1000, "hide_rest": False, "min_weight": 0.001},
        "of the second": {"positive_only": True, "num_features": 5, "hide_rest": True},
    }.items():
        temp, mask = explanation.get_image_and_mask(explanation.top_labels[name == "of the second"], **words)
        shown[name], shown[f"{name}, mask"] = mark_boundaries(temp / 2 + 0.5, mask), mask
    dict_heatmap = dict(explanation.local_exp[best])
    shown["heat map"] = np.vectorize(dict_heatmap.get)(explanation.segments)
    return shown | {"preds": preds, "segments": explanation.segments} | numbers(explanation)


def torch_tutorial(explainer, network: torch.nn.Module, num_samples: int) -> dict[str, np.ndarray]:
    """The notebook "Tutorial - images - Pytorch": transforms of a PIL image, `batch_predict`."""
    model = network.eval()
    img = Image.fromarray(lc.gallery_picture("coffee").pixels).convert("RGB")
    pill_transf = transforms.Compose([transforms.Resize((256, 256)), transforms.CenterCrop(224)])
    normalize = transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
    preprocess_transform = transforms.Compose([transforms.ToTensor(), normalize])

    def batch_predict(images):
        batch = torch.stack(tuple(preprocess_transform(i) for i in images), dim=0)
        return functional.softmax(20.0 * model(batch), dim=1).detach().cpu().numpy()

    test_pred = batch_predict([pill_transf(img)])
    explanation = explainer(random_state=0).explain_instance(
        np.array(pill_transf(img)), batch_predict, top_labels=5, hide_color=0, num_samples=num_samples
    )
    assert explanation.top_labels[0] == test_pred.squeeze().argmax()
    best = explanation.top_labels[0]
    temp, mask = explanation.get_image_and_mask(best, positive_only=True, num_features=5, hide_rest=False)
    both, signs = explanation.get_image_and_mask(best, positive_only=False, num_features=10, hide_rest=False)
    shown = {"boundary": mark_boundaries(temp / 255.0, mask), "both": mark_boundaries(both / 255.0, signs)}
    return shown | {"mask": mask, "signs": signs, "segments": explanation.segments} | numbers(explanation)


def numbers(explanation) -> dict[str, np.ndarray]:
    """What can be told apart by its last digits."""
    d = int(explanation.segments.max()) + 1
    weights = {label: dict(explanation.local_exp[label]) for label in explanation.top_labels}
    return {
        "top_labels": np.array(explanation.top_labels),
        "weights": np.array([[weights[label][s] for s in range(d)] for label in explanation.top_labels]),
        "intercept": np.array([explanation.intercept[label] for label in explanation.top_labels]),
        "score": np.array(explanation.score),
        "local_pred": np.asarray(explanation.local_pred),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tutorial", "network", "num_samples"),
    [
        pytest.param(images_tutorial, inception_v3, 24, id="images, InceptionV3"),
        pytest.param(images_tutorial, small, 300, id="images, small"),
        pytest.param(torch_tutorial, small, 300, id="torch"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*IProgress:Warning")
def test_a_tutorial_gives_the_same_with_the_import_changed(tutorial, network, num_samples):
    expected, found = (tutorial(EXPLAINERS[name], network(), num_samples) for name in ("lime", "lime_core"))
    assert list(found) == list(expected)
    scale = np.abs(expected["weights"]).max()
    assert scale > 1e-4, "the network says the same of every mask, so that nothing is compared"
    for name, values in expected.items():
        assert found[name].dtype == values.dtype, name
        if name in ("weights", "intercept", "score", "local_pred", "heat map"):
            np.testing.assert_allclose(found[name], values, rtol=0, atol=min(1e-8, 1e-6 * scale), err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], values, err_msg=name)
