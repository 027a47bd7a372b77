"""ONNX files: what is read of them, and one sentence for each thing that is wrong with one."""

import tracemalloc

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import lime_core as lc
from lime_core.onnx_models.onnx_file import read_onnx
from lime_core.onnx_models.onnx_proto import load_proto, sha256_of
from tests.support.onnx_files import WEIGHTS, branching, constant, model_of, tiny, value

node = helper.make_node


@pytest.fixture
def read(tmp_path):
    """Writes a model or bytes, and reads them."""

    def reader(model, names=0):
        path = tmp_path / "net.onnx"
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return read_onnx(path, names=names)

    return reader


def changed(model, **fields):
    """A tensor of the model with other fields."""
    tensor = model.graph.initializer[0]
    for name, given in fields.items():
        if isinstance(given, list):
            del getattr(tensor, name)[:]
            getattr(tensor, name).extend(given)
        elif given is None:
            tensor.ClearField(name)
        else:
            setattr(tensor, name, given)
    return model


def in_one_another(depth):
    """A graph within a graph, and so on."""
    branch = helper.make_graph([node("Identity", ["pictures"], ["same"])], "last", [], [value("same", None)])
    for _ in range(depth):
        step = node("If", ["yes"], ["same"], then_branch=branch, else_branch=branch)
        step.attribute.pop()
        branch = helper.make_graph([step], "branch", [], [value("same", None)])
    last = node("If", ["yes"], ["result"], then_branch=branch)
    return tiny(last=[last], outputs=[value("result", ("b", 4))])


def nested(depth):
    """The bytes of a model that is deeper than any program makes it."""
    contents = b""
    for field in (*[6, 5, 1] * depth, 7):  # a graph, in an attribute, of an operator, of a graph
        length, size = len(contents), b""
        while length > 127:
            length, size = length >> 7, size + bytes([128 | length & 127])
        contents = bytes([field << 3 | 2]) + size + bytes([length]) + contents
    return contents


def sparse():
    model = tiny()
    values, indices = constant("sparse", np.ones(1, np.float32)), constant("", np.zeros(1, np.int64))
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2**40]))
    return model


WHOLE = tiny().SerializeToString()
DAMAGED = "is damaged, or is no ONNX file"
TOO_FEW = "is damaged: its numbers are not as many as it says"
REFUSED = {
    "noise": (np.random.default_rng(0).bytes(400), DAMAGED),
    "empty": (b"", DAMAGED),
    "truncated": (WHOLE[: len(WHOLE) // 2], DAMAGED),
    "no operators": (model_of([], [value("x", ("b", 3, 8, 8))], [value("x", ("b", 3, 8, 8))]), DAMAGED),
    "no input": (model_of([node("Identity", ["w"], ["y"])], [], [value("y", (1, 4))], [constant("w", [[1.0] * 4])]),
                 "takes no input, and a model of pictures takes one"),
    "two inputs": (model_of([node("Add", ["a", "b"], ["y"])], [value("a", (1, 3, 8, 8)), value("b", (1, 3))],
                            [value("y", (1, 3))]), "takes 2 inputs ('a', 'b'), and a model of pictures takes one"),
    "rank 2": (tiny(("b", 30)), "takes 2 axes (any × 30) as 'pictures', and pictures have four"),
    "no shape": (tiny(()), "takes 0 axes () as 'pictures', and pictures have four"),
    "texts": (tiny(dtype=TensorProto.STRING), "takes string as 'pictures', and pictures are floats or uint8"),
    "int64": (tiny(dtype=TensorProto.INT64), "takes int64 as 'pictures', and pictures are floats or uint8"),
    "a sequence": (model_of([node("SequenceAt", ["s", "s"], ["y"])],
                            [helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, None)],
                            [value("y", (1, 3))]), "takes no tensor as 's', and pictures are floats or uint8"),
    "two channels": (tiny(("b", 2, 8, 8)),
                     "takes any × 2 × 8 × 8 as 'pictures', and pictures have 1 or 3 channels on their second or last"),
    "any channels": (tiny(("b", "c", 8, 8)),
                     "takes any × any × 8 × 8 as 'pictures', and pictures have 1 or 3 channels on their second or"),
    "two at once": (tiny((2, 3, 8, 8)), "takes 2 pictures at once; export it for one, or for any number"),
    "rank 3": (tiny(outputs=[value("answers", ("b", 7, 4))]),
               "answers with 'answers' (float, any × 7 × 4), and a classifier's answers are floats (pictures,"),
    "maps": (tiny(outputs=[value("answers", ("b", 4, 8, 8))]), "answers with 'answers' (float, any × 4 × 8 × 8), and"),
    "one number": (tiny(outputs=[value("answers", ())]), "answers with 'answers' (float, no axes), and"),
    "labels": (tiny(outputs=[value("label", ("b",), TensorProto.INT64)]), "answers with 'label' (int64, any), and"),
    "no output": (model_of([node("Relu", ["x"], ["y"])], [value("x", (1, 3, 8, 8))], []), "answers with nothing, and"),
    "ZipMap": (tiny(last=[node("ZipMap", ["answers"], ["maps"], domain="ai.onnx.ml")], domains=["ai.onnx.ml"]),
               "has operators for tables (ai.onnx.ml), as scikit-learn's have, and takes no pictures"),
    "custom": (tiny(last=[node("Hop", ["answers"], ["y"], domain="org.x\n")], domains=["org.x\n"]),
               "has operators of 'org.x ', which are no part of ONNX"),
    "opset 6": (tiny(opset=6), "is of version 6 of ONNX's operators, and 7 to "),
    "opset 999": (tiny(opset=999), "is of version 999 of ONNX's operators, and 7 to "),
    "raw data too short": (changed(tiny(), dims=[2**40, 4]), TOO_FEW),
    "raw data too long": (changed(tiny(), dims=[2, 4]), TOO_FEW),
    "half of the numbers": (changed(tiny(), raw_data=None, float_data=[1.0] * 6), TOO_FEW),
    "numbers elsewhere": (changed(tiny(), raw_data=None, double_data=[1.0] * 12), TOO_FEW),
    "no numbers": (changed(tiny(), raw_data=None, dims=[2**62, 2**62]), TOO_FEW),
    "negative": (changed(tiny(), dims=[-3, -4]), DAMAGED),
    "type 0": (changed(tiny(), data_type=0), DAMAGED),
    "type 99": (changed(tiny(), data_type=99), DAMAGED),
    "sparse": (sparse(), "has sparse numbers, which are not read; export it with dense ones"),
    "graphs within graphs": (in_one_another(22), DAMAGED),
    "thousands of them": (nested(5000), DAMAGED),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_says_why_in_one_sentence(case, read):
    model, says = REFUSED[case]
    tracemalloc.start()
    try:
        with pytest.raises(lc.ModelUnavailable) as caught:
            read(model)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.public.startswith(f"The ONNX file net.onnx {says}")
    assert caught.value.public.count(".") < 5
    assert "\n" not in caught.value.public
    assert len(caught.value.public) < 250


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(lc.ModelUnavailable, match=r"The ONNX file net\.onnx cannot be read: No such file or directory"):
        read_onnx(tmp_path / "net.onnx")
    with pytest.raises(lc.ModelUnavailable, match=r"ONNX file could not be read: .* is no file"):
        read_onnx(tmp_path)
    with pytest.raises(lc.ModelUnavailable, match="cannot be read: File name too long"):
        read_onnx(tmp_path / ("a" * 300))


def test_a_file_above_the_limit_is_not_opened(tmp_path):
    path = tmp_path / "net.onnx"
    with path.open("wb") as file:
        file.truncate(3_000_001)
    with pytest.raises(lc.ModelUnavailable, match="has 3 MB with what belongs to it, and 2 are read"):
        read_onnx(path, most=2_000_000)


def test_the_folder_is_for_those_at_the_machine(tmp_path):
    with pytest.raises(lc.ModelUnavailable) as caught:
        read_onnx(tmp_path / "net.onnx")
    assert str(tmp_path) not in caught.value.public
    assert str(tmp_path) in str(caught.value)


def beside(location="numbers", length: "int | None" = WEIGHTS.nbytes, offset=0):
    """A model whose weights lie in another file."""
    tensor_fields = {"location": location, "offset": offset, "length": length}
    model = changed(tiny(), raw_data=None, data_location=TensorProto.EXTERNAL)
    for key, given in tensor_fields.items():
        if given is not None:
            model.graph.initializer[0].external_data.add(key=key, value=str(given))
    return model


@pytest.fixture
def inner(tmp_path):
    """A folder with the weights, within another with the weights."""
    folder = tmp_path / "inner"
    folder.mkdir()
    for each in (folder, tmp_path):
        (each / "numbers").write_bytes(WEIGHTS.tobytes())
    return folder


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (beside("../numbers"), r"has numbers in another place, '\.\./numbers'; they must lie beside it"),
        (beside("x/../../numbers"), "has numbers in another place, 'x/"),
        (beside("/etc/hostname"), "has numbers in another place, '/etc/hostname'; they"),
        (beside(".."), r"has numbers in another place, '\.\.'; they"),
        (beside(""), "has numbers in another place, ''; they"),
        (beside("link"), "has numbers in another place, 'link'; they"),
        (beside("a\nb"), "has its numbers in a second file, 'a b', which is missing beside it"),
        (beside("folder"), "has its numbers in a second file, 'folder', which is missing beside it"),
        (beside(length=4), "is damaged: 'numbers' does not hold all numbers of 'weights'"),
        (beside(offset=16), "is damaged: 'numbers' does not hold all"),
        (beside(offset=16, length=None), "is damaged: 'numbers' does not hold all"),
        (beside(offset=-48), "is damaged: 'numbers' does not hold all"),
        (beside(length=-1), "is damaged: 'numbers' does not hold all"),
        (beside(length="many"), "is damaged, or is no ONNX file"),
        (changed(beside(length=2**44), dims=[2**40, 4]), "is damaged: 'numbers' does not hold all"),
        (changed(beside(length=2**44), dims=[-1, 4]), "is damaged, or is no ONNX file"),
    ],
)
def test_numbers_in_a_second_file_must_lie_beside_the_first_and_be_whole(model, says, inner):
    (inner / "link").symlink_to(inner.parent / "numbers")
    (inner / "folder").mkdir()
    (inner / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(lc.ModelUnavailable, match=rf"^The ONNX file net\.onnx {says}"):
        read_onnx(inner / "net.onnx")


@pytest.mark.parametrize("length", [WEIGHTS.nbytes, None])
def test_numbers_beside_the_file_are_as_if_they_were_inside(length, inner):
    for name, model in (("apart.onnx", beside(length=length)), ("whole.onnx", tiny())):
        (inner / name).write_bytes(model.SerializeToString())
    apart, whole = (load_proto(inner / name) for name in ("apart.onnx", "whole.onnx"))
    assert apart == whole
    assert sha256_of(apart) == sha256_of(whole)
    assert read_onnx(inner / "apart.onnx").parameters == WEIGHTS.nbytes


def test_many_tensors_of_one_place_count_each(inner):
    model = beside()
    model.graph.initializer.extend([model.graph.initializer[0]] * 100)
    (inner / "net.onnx").write_bytes(model.SerializeToString())
    size = (inner / "net.onnx").stat().st_size
    assert read_onnx(inner / "net.onnx", most=size + 101 * WEIGHTS.nbytes).parameters == 101 * WEIGHTS.nbytes
    with pytest.raises(lc.ModelUnavailable, match="MB with what belongs to it"):
        read_onnx(inner / "net.onnx", most=size + 100 * WEIGHTS.nbytes)


def test_numbers_in_a_constant_are_looked_for_too(inner):
    tensor = beside("../numbers").graph.initializer[0]
    model = tiny(last=[node("Constant", [], ["c"], value=tensor)])
    (inner / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(lc.ModelUnavailable, match="has numbers in another place"):
        read_onnx(inner / "net.onnx")


def test_what_a_file_says_is_read(read, tmp_path):
    found = read(tiny())
    assert (found.path, found.input, found.layout) == (tmp_path / "net.onnx", "pictures", "NCHW")
    assert (found.height, found.width, found.channels, found.dtype) == (8, 8, 3, "float32")
    assert (found.output, found.outputs, found.ending) == ("answers", 4, "")
    assert (found.layers, found.parameters, found.producer) == (3, WEIGHTS.nbytes, "tests")


@pytest.mark.parametrize(
    ("shape", "layout", "height", "width", "channels"),
    [
        (("b", 3, 8, 10), "NCHW", 8, 10, 3),
        (("b", 8, 10, 3), "NHWC", 8, 10, 3),
        ((1, 1, 8, 10), "NCHW", 8, 10, 1),
        ((1, 8, 10, 1), "NHWC", 8, 10, 1),
        ((None, 3, "h", None), "NCHW", None, None, 3),
        ((-1, 3, -1, 0), "NCHW", None, None, 3),
        ((1, "h", 10, 3), "NHWC", None, 10, 3),
    ],
)
def test_axes_say_what_they_are_and_some_are_open(shape, layout, height, width, channels, read):
    found = read(tiny(shape))
    assert (found.layout, found.height, found.width, found.channels) == (layout, height, width, channels)


@pytest.mark.parametrize(
    ("dtype", "name"), [(TensorProto.FLOAT16, "float16"), (TensorProto.DOUBLE, "float64"), (TensorProto.UINT8, "uint8")]
)
def test_pictures_are_of_a_type(dtype, name, read):
    assert read(tiny(dtype=dtype)).dtype == name


@pytest.mark.parametrize(
    ("shape", "outputs"),
    [(("b", 4), 4), (("b",), 1), (("b", 4, 1, 1), 4), (("b", "k"), None), (("b", 4, None, None), 4), (None, None)],
)
def test_answers_are_counted(shape, outputs, read):
    assert read(tiny(outputs=[value("answers", shape)])).outputs == outputs


def test_of_several_outputs_the_first_that_can_be_answers_is_taken(read):
    label = value("label", ("b",), TensorProto.INT64)
    maps, more = value("means", ("b", 3, 8, 8)), value("floats", ("b", 9))
    facts = read(tiny(outputs=[label, maps, value("answers", ("b", 4)), more]))
    assert (facts.output, facts.others, facts.first) == ("answers", ("floats",), True)


@pytest.mark.parametrize(
    ("names", "output"),
    [(0, "means"), (3, "means"), (4, "answers"), (1, "single"), (2, "single"), (9, "open"), (5, "open")],
)
def test_of_several_outputs_that_with_as_many_numbers_as_names_is_taken(names, output, read):
    shapes = {"means": ("b", 3), "answers": ("b", 4), "again": ("b", 4), "single": ("b",), "open": ("b", "k")}
    shapes |= {"single": ("b", 1)} if names == 1 else {}
    model = tiny(outputs=[value(name, shape) for name, shape in shapes.items() if names != 2 or name != "open"])
    facts = read(model, names)
    assert (facts.output, facts.first) == (output, output == "means")
    assert facts.output not in facts.others
    assert len(facts.others) == len(model.graph.output) - 1


def test_constants_that_are_listed_as_inputs_are_none(read):
    model = tiny()
    model.ir_version = 3
    model.graph.input.insert(0, value("weights", WEIGHTS.shape))
    assert read(model).input == "pictures"


ENDINGS = [
    ([node("Softmax", ["answers"], ["y"], axis=1)], "Softmax"),
    ([node("LogSoftmax", ["answers"], ["y"])], "LogSoftmax"),
    ([node("Sigmoid", ["answers"], ["p"]), node("Reshape", ["p", "s"], ["q"]), node("Identity", ["q"], ["y"])],
     "Sigmoid"),
    ([node("Softmax", ["answers"], ["p"]), node("Squeeze", ["p"], ["q"]), node("Cast", ["q"], ["y"], to=1)], "Softmax"),
    ([node("Softmax", ["answers"], ["p"]), node("Relu", ["p"], ["y"])], ""),
    ([node("Identity", ["y"], ["y"])], ""),
    ([node("Constant", [], ["y"], value_float=1.0)], ""),
]  # fmt: skip


@pytest.mark.parametrize(("last", "ending"), ENDINGS)
def test_the_operator_that_makes_the_answers_is_found(last, ending, read):
    assert read(tiny(last=last, outputs=[value("y", ("b", 4))])).ending == ending


def test_operators_in_branches_loops_and_functions_count(read):
    found = read(branching())
    assert found.layers == 3 + 3 + 2 * 2 + 2 + 1
    assert found.parameters == WEIGHTS.nbytes + 20


@pytest.mark.parametrize(
    ("dtype", "dims", "fields", "size"),
    [
        (TensorProto.INT4, [3], {"raw_data": bytes(2)}, 2),
        (TensorProto.UINT4, [3], {"int32_data": [1, 2]}, 2),
        (TensorProto.FLOAT4E2M1, [5], {"raw_data": bytes(3)}, 3),
        (TensorProto.FLOAT16, [3], {"int32_data": [1, 2, 3]}, 6),
        (TensorProto.FLOAT8E4M3FN, [3], {"raw_data": bytes(3)}, 3),
        (TensorProto.BOOL, [2, 2], {"int32_data": [1, 0, 1, 1]}, 4),
        (TensorProto.COMPLEX64, [2], {"float_data": [1.0] * 4}, 16),
        (TensorProto.DOUBLE, [], {"double_data": [1.0]}, 8),
        (TensorProto.INT64, [0, 5], {}, 0),
        (TensorProto.STRING, [2], {"string_data": [b"ab", b"c"]}, 3),
    ],
)
def test_numbers_of_every_type_have_their_bytes(dtype, dims, fields, size, read):
    model = tiny()
    model.graph.initializer.append(onnx.TensorProto(name="more", data_type=dtype, dims=dims, **fields))
    assert read(model).parameters == WEIGHTS.nbytes + size
    model.graph.initializer[1].dims.append(3)
    if 0 not in dims:
        with pytest.raises(lc.ModelUnavailable, match="numbers are not as many"):
            read(model)
