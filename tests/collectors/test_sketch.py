"""Sketches are small, and tell texts apart by their words and numbers."""

from collectors.deciding.text.sketch import NO_SKETCH, SKETCH_BYTES, Sketch, sketch_of

LONG = "A federal judge refused to dismiss claims that the company infringed four patents on stacked memory packages"


def test_a_sketch_is_small_and_tells_texts_apart():
    assert len(sketch_of(LONG)) == len(NO_SKETCH) == SKETCH_BYTES
    one = Sketch.of(sketch_of(LONG))
    other = Sketch.of(sketch_of("NCCL timeouts and ECC errors on hundreds of accelerators stopped the run"))
    assert one.overlap(Sketch.of(sketch_of(f"{LONG} after a hearing in March"))) >= 0.8
    assert one.overlap(other) == 0.0
    assert Sketch.of(sketch_of("v1")).numbers != Sketch.of(sketch_of("v2")).numbers


def test_a_text_without_words_overlaps_with_none():
    assert sketch_of("") == NO_SKETCH
    assert Sketch.of(sketch_of(LONG)).overlap(Sketch.of(NO_SKETCH)) == 0.0
