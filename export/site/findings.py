"""The findings of 2015 in the numbers of the report: what /numbers/ says of them, or nothing where they do not show.

In:  figures of the models of the site.
Out: keys of messages with the shares of ink that they tell; no words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from export.site.figures import GAUSSIAN, MASKING, PLAIN, SALT, Figures, Share
from export.site.model import Model

HALF = "masking-50"  # what less of the noise that completes best does
WEAKER = 1 / 3  # of what the stronger noise restores, at most: else there is nothing to say
SURPRISING = 0.85  # of the specks that even the worst denoiser removes
# What shows each finding, and what does otherwise: presets of the lab, the drawing in them, and the model.
EXAMPLES = {
    "completes": (("complete", "half", MASKING), ("complete_none", "half", PLAIN)),
    "cleans": (("complete_salt", "half", SALT), ("specks", "dots", SALT), ("specks_masking", "dots", MASKING)),
    "both": (("both", "both", GAUSSIAN), ("both_masking", "both", MASKING), ("both_salt", "both", SALT)),
}


@dataclass(frozen=True)
class Sentence:
    """A message, and the shares that fill its placeholders."""

    key: str
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Example:
    """A state of the lab that shows it, or the contrast to it."""

    preset: str
    drawing: str  # name of a try
    model: Model


@dataclass(frozen=True)
class Finding:
    """What one model is found to do."""

    model: Model
    title: str  # key of a message that names the model
    sentences: tuple[Sentence, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class CleanInk:
    """Clean ink, the one test that a denoiser cannot win, beside its own noise, which it wins: losses in nats."""

    clean: Mapping[str, float]  # of the plain autoencoder and of the denoiser, on clean ink
    noisy: Mapping[str, float]  # of the two, on the denoiser's noise
    plain_try: str  # names of presets that show the plain autoencoder and the denoiser with that noise
    masking_try: str


def make_clean_ink(figures: Figures) -> CleanInk | None:
    """The plain autoencoder beside the masking one of the article; None where the models do not show it."""
    if not figures.article:
        return None
    plain, masking = figures.losses[PLAIN], figures.losses[MASKING]
    return CleanInk(
        clean={"plain": plain[PLAIN], "masking": masking[PLAIN]},
        noisy={"plain": plain[MASKING], "masking": masking[MASKING]},
        plain_try=f"pair_{PLAIN}_{MASKING}",
        masking_try=f"pair_{MASKING}_{MASKING}",
    )


def make_findings(figures: Figures) -> tuple[Finding, ...]:
    """The article's three examples, measured; none where the models of the site do not show them."""
    if not figures.article:
        return ()
    completion, cleaning = figures.completion, figures.cleaning
    completes = [
        Sentence(
            "findings.completes",
            {
                "restored": completion[MASKING].good,
                "added": completion[MASKING].bad,
                "plain": completion[PLAIN].good,
            },
        )
    ]
    half = completion.get(HALF)
    if half and half.good < WEAKER * completion[MASKING].good:
        completes.append(Sentence("findings.weaker", {"restored": half.good}))
    examples = {
        title: tuple(Example(preset, drawing, completion[name].model) for preset, drawing, name in shown)
        for title, shown in EXAMPLES.items()
    }
    return (
        Finding(completion[MASKING].model, "findings.completes_title", tuple(completes), examples["completes"]),
        _both_ways(completion[SALT], cleaning[SALT], "findings.cleans", examples["cleans"]),
        _both_ways(completion[GAUSSIAN], cleaning[GAUSSIAN], "findings.both", examples["both"]),
    )


def make_surprise(figures: Figures) -> Sentence | None:
    """What nobody expected: specks of single pixels hardly tell the models apart; None where they do."""
    least = min((share.good for share in figures.cleaning.values() if share.model.noise != "none"), default=0.0)
    if not figures.article or least <= SURPRISING:
        return None
    return Sentence("findings.surprise", {"least": least, "plain": figures.cleaning[PLAIN].good})


def _both_ways(completion: Share, cleaning: Share, key: str, examples: tuple[Example, ...]) -> Finding:
    shares = {"restored": completion.good, "added": completion.bad, "removed": cleaning.good, "lost": cleaning.bad}
    return Finding(completion.model, f"{key}_title", (Sentence(key, shares),), examples)
