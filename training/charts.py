"""Pictures of the evaluation, as SVG that is the same for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training import metrics

mpl.rcParams.update({"svg.hashsalt": "derkenar", "svg.fonttype": "path", "font.size": 9})
_INK, _SOFT = "#1f4e79", "#c9d8e6"
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def risk_coverage(path: Path, confidence: Floats, wrong: Bools, threshold: float) -> None:
    """Error among the papers routed, against the share of papers routed, with the pointwise exact 95 % band
    (El-Yaniv and Wiener 2010; Clopper and Pearson 1934)."""
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(wrong[order])
    routed = np.arange(1, len(order) + 1)
    steps = np.unique(np.linspace(20, len(order), 80).astype(int)) - 1
    band = np.array([metrics.clopper_pearson(int(errors[i]), int(routed[i])) for i in steps])
    figure, axes = _axes(6, 3.6)
    share = routed[steps] / len(order)
    axes.fill_between(share, band[:, 0] * 100, band[:, 1] * 100, color=_SOFT, label="95 %, exact")
    axes.plot(share, errors[steps] / routed[steps] * 100, color=_INK, label="wrong department")
    axes.axhline(1, color="#888", linewidth=0.8, linestyle=":")
    kept = float((confidence >= threshold).mean())
    if kept:
        axes.axvline(kept, color="#b35c00", linewidth=0.9, label=f"threshold of the bundle ({kept:.0%})")
    axes.set(
        xlabel="share of the decidable papers, surest first", ylabel="wrong, %", xlim=(0, 1), ylim=(0, None)
    )
    axes.legend(frameon=False)
    _save(figure, path)


def reliability(path: Path, kinds: dict[str, tuple[Floats, Bools]], bins: int = 10) -> None:
    """How often what is said with a probability is right, in bins of equal count with exact 95 % intervals."""
    figure, axes = _axes(4.2, 4)
    axes.plot([0, 1], [0, 1], color="#888", linewidth=0.8, linestyle=":")
    for (name, (confidence, right)), color in zip(kinds.items(), (_INK, "#b35c00", "#3c7a3c"), strict=False):
        parts = np.array_split(np.argsort(confidence, kind="stable"), bins)
        x = np.array([confidence[p].mean() for p in parts])
        y = np.array([right[p].mean() for p in parts])
        band = np.array([metrics.clopper_pearson(int(right[p].sum()), len(p)) for p in parts])
        axes.errorbar(
            x,
            y,
            yerr=np.abs(band.T - y),
            color=color,
            marker="o",
            markersize=3,
            linewidth=1,
            capsize=2,
            label=name,
        )
    axes.set(xlabel="probability said", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left")
    _save(figure, path)


def confusion(path: Path, labels: Sequence[str], gold: Sequence[str], said: Sequence[str]) -> None:
    """Shares of each label's papers by what was said of them; rows sum to 1."""
    place = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    for g, s in zip(gold, said, strict=True):
        counts[place[g], place[s]] += 1
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 1.8 + 0.27 * len(labels)
    figure, axes = _axes(size + 0.8, size)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    for i, j in zip(*np.nonzero(counts), strict=True):
        dark = share[i, j] > 0.5
        axes.text(
            j,
            i,
            f"{int(counts[i, j])}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if dark else "black",
        )
    axes.set(xlabel="said", ylabel="label")
    axes.spines[:].set_visible(False)
    _save(figure, path)


def learning_curve(path: Path, sizes: Counts, accuracy: Floats) -> None:
    """Accuracy (sizes, draws) on held-out papers against the number of papers learned from."""
    figure, axes = _axes(5, 3.2)
    mean = accuracy.mean(axis=1) * 100
    axes.fill_between(sizes, accuracy.min(axis=1) * 100, accuracy.max(axis=1) * 100, color=_SOFT)
    axes.plot(sizes, mean, color=_INK, marker="o", markersize=3)
    for x, y in zip(sizes, mean, strict=True):
        axes.annotate(f"{y:.1f}", (x, y), textcoords="offset points", xytext=(0, 6), ha="center", fontsize=8)
    axes.set(
        xlabel="papers learned from (statements in the same share)", ylabel="subject right, %", xlim=(0, None)
    )
    _save(figure, path)


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
