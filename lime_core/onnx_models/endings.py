"""How an ONNX graph ends: the operator that makes its answers, where that tells what they are."""

from __future__ import annotations

import onnx

ENDINGS = ("Softmax", "LogSoftmax", "Sigmoid")
"""Operators after which it is known what the numbers are, named as torch's layers are."""

_SAME = {"Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Transpose"}
_MOST_STEPS = 20


def ending_of(graph: onnx.GraphProto, output: str) -> str:
    """The operator that makes an output, behind those that only give it another form.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    output : str
        The output's name.

    Returns
    -------
    str
        One of `ENDINGS`, or empty.
    """
    makers = {name: node for node in graph.node for name in node.output}
    for _ in range(_MOST_STEPS):
        maker = makers.get(output)
        if maker is None or not maker.input:
            return ""
        if maker.op_type in ENDINGS:
            return str(maker.op_type)
        if maker.op_type not in _SAME:
            return ""
        output = maker.input[0]
    return ""
