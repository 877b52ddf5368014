"""Figures of what the codes know, and of asking again, from the report, with matplotlib.

In:  the report's `knowledge` (see train.learn.knowledge).
Out: figures; those for which nothing was measured are left out.
"""

import statistics
from collections.abc import Iterator, Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from train.learn.knowledge import Knowledge

SIZE = (8.5, 5.5)  # inches


def knowledge_figures(known: Mapping[str, Knowledge]) -> Iterator[tuple[str, Figure]]:
    """Each with the name of its file."""
    readings = {name: one for name, one in known.items() if one.reading}
    asked = {name: one for name, one in known.items() if one.asking}
    if readings:
        yield "reading.png", reading_figure(readings)
    if asked:
        yield "asking.png", asking_figure(asked)


def reading_figure(known: Mapping[str, Knowledge]) -> Figure:
    """Test error of a linear reader by labels a class, with 95 % intervals; both axes logarithmic."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    for (name, one), colour in zip(known.items(), _colours(len(known)), strict=True):
        assert one.reading is not None
        few = one.reading.few
        errors = [100 * it.value for it in few.values()]
        bars = [[100 * (it.value - it.low) for it in few.values()], [100 * (it.high - it.value) for it in few.values()]]
        axes.errorbar(list(few), errors, bars, color=colour, marker="o", markersize=3, capsize=2, label=name)
        axes.axhline(100 * one.reading.everything.value, color=colour, linewidth=0.5, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="labels a class", ylabel="test error, %")
    axes.grid(alpha=0.3, which="both")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1.02), fontsize="small", frameon=False)
    figure.suptitle("Reading the code; dotted: with all labels")
    return figure


def asking_figure(known: Mapping[str, Knowledge]) -> Figure:
    """Ink restored and added, and the share that the reader of bare pixels reads rightly, by step."""
    figure = Figure(figsize=(SIZE[0] * 1.4, SIZE[1]), layout="constrained")
    panels = figure.subplots(1, 3)
    words = {"restored": "ink restored", "added": "ink added wrongly", "named": "read rightly"}
    for axes, (key, title) in zip(panels, words.items(), strict=True):
        for (name, one), colour in zip(known.items(), _colours(len(known)), strict=True):
            steps = sorted(next(iter(one.asking.values())).steps.keys() - {0})
            values = [statistics.mean(getattr(it.steps[step], key) for it in one.asking.values()) for step in steps]
            axes.plot(steps, values, color=colour, marker="o", markersize=3, label=name)
        axes.set(xscale="log", xlabel="steps", title=title, ylim=(0, None))
        axes.grid(alpha=0.3)
    panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1.02), fontsize="small", frameon=False)
    figure.suptitle("Half erased, asked again and again, as shares")
    return figure


def _colours(count: int) -> np.ndarray:
    return np.asarray(mpl.colormaps["turbo"](np.linspace(0.05, 0.95, count)))
