"""A plugin of pytest: every call of `train` and `export` in the tests' own process is held against its annotations.

In the modules that compute with JAX the shapes and kinds of arrays are held, too. The plugin loads no JAX: a test
that needs none stays as fast as it was.

Left out are the values of settings and their schema, whose type of what JSON can hold contains itself: beartype 0.23
cannot follow that.
"""

from beartype import BeartypeConf
from beartype.claw import beartype_packages
from jaxtyping import install_import_hook

PLAIN = (
    *("train.errors", "train.files", "train.data", "train.run"),
    *("train.settings.config", "train.settings.reader", "train.settings.recipe"),
    *("train.learn.params", "train.learn.measures", "train.learn.readers", "train.learn.knowledge"),
    *("export", "build"),
)
OF_ARRAYS = (
    *("train.learn.hosts", "train.learn.measure", "train.learn.model", "train.learn.optimizer"),
    *("train.learn.fit_reader", "train.learn.non_digits", "train.learn.read_codes"),
    *("train.learn.measure_reading", "train.learn.measure_tuning", "train.learn.measure_asking"),
    "train.learn.measure_dreaming",
)
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"  # a whole number is a float, too


def pytest_load_initial_conftests() -> None:
    """Before the first module of ours is imported. Types of calls are held, those of variables are mypy's to hold."""
    beartype_packages(PLAIN, conf=BeartypeConf(is_pep484_tower=True, claw_is_pep526=False))
    install_import_hook((*OF_ARRAYS, "train.learn.training"), CHECKER)
