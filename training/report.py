"""The model card: what a bundle is for, what it was made of, what it does, what it lacks."""

from __future__ import annotations

from typing import Any


def model_card(run: dict[str, Any], figures: dict[str, list[float]], papers: int, statements: int) -> str:
    """The card that lies in the bundle: what it is for, what it was made of, what it does, what it lacks."""
    rows = [f"| {name} | {row[0]:.3f} | {row[1]:.3f}–{row[2]:.3f} |" for name, row in figures.items()]
    return "\n".join([
        f"# {run['name']} {run['version']}",
        "",
        "**For**: suggesting document type, subject, place, urgency and competent department of papers that reach a "
        "prosecution service, in Azerbaijani (marked, unmarked, Cyrillic), Russian, Turkish and English. "
        "**Not for**: deciding without a person where the policy wants one, or any other taxonomy.",
        "",
        f"**Made of**: {papers} written papers and {statements} matter statements (training/corpus, CC BY 4.0, "
        "invented matters); multilingual-e5-small (MIT) as the encoder, tuned on all tasks at once; linear heads over "
        "its states, hashed n-grams and the paper's form; a linear tagger for names beside it; a gazetteer (GeoNames, "
        f"CC BY 4.0, and facts of public geography). Seed {run['seed']}.",
        "",
        f"**Measured** by cross-fitting over {run['folds']} folds of author groups: every paper is judged by a "
        "whole pipeline, encoder and thresholds too, that saw neither its family nor its author group. The weights "
        "that join the heads and the text models (language, letters, lexicon) are shared between folds.",
        "",
        "| figure | value | 95 % interval |",
        "| --- | --- | --- |",
        *rows,
        "",
        "**Doubts**: the corpus is written, not collected; thresholds hold for papers like it and must be checked on "
        "blind samples of live papers before anything is routed unread.",
        "",
    ])  # fmt: skip
