"""Keys and pointers as WebDriver's actions, which are the same in its classic form and in BiDi.

Source: https://www.w3.org/TR/webdriver2/#actions (keys: section 17.4.2)
"""

from collections.abc import Sequence
from typing import Any

from workshop.engines.tab import Place

KEYS = {
    "Backspace": "\ue003", "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009", "Alt": "\ue00a",
    "Escape": "\ue00c", "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011", "Delete": "\ue017",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
Actions = list[dict[str, Any]]


def pointer_actions(kind: str, places: Sequence[Place]) -> Actions:
    """A pointer put down at the first place, moved through the others, and lifted."""
    moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 0, "origin": "viewport"} for x, y in places]
    down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
    return [
        {
            "type": "pointer",
            "id": kind,
            "parameters": {"pointerType": kind},
            "actions": [moves[0], down, *moves[1:], up],
        }
    ]


def key_actions(keys: Sequence[str]) -> Actions:
    """Keys pressed one after the other and let go in turn."""
    values = [KEYS.get(key, key) for key in keys]
    downs = [{"type": "keyDown", "value": value} for value in values]
    ups = [{"type": "keyUp", "value": value} for value in reversed(values)]
    return [{"type": "key", "id": "keyboard", "actions": [*downs, *ups]}]
