"""The code of docs/python.md as one program."""

import re
from pathlib import Path

from workshop.checkout import ROOT


def code_blocks() -> list[str]:
    """Its parts, in their order."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)


def code_of_the_documents(dataset: str, images: Path) -> str:
    """All of them, with images of that folder: "mnist" for the official ones, "custom" for digits of our own."""
    code = "\n".join(code_blocks())
    return code.replace('"mnist"', f'"{dataset}"').replace("path/to/mnist", str(images))
