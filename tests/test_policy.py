"""The content security policy: what a page has inside it is allowed by its hash, and nothing else is."""

import pytest

from export.site.policy import Needs, csp_hash, make_policy, read_policy

FIXED = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:"},
    "connect-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
}


def test_an_inline_text_is_allowed_by_its_hash() -> None:
    # The example of the CSP specification, section 6.7.2 of level 2: alert('Hello, world.');
    assert csp_hash("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    policy = make_policy(Needs(scripts=("{}",), computes=True))
    assert f"script-src 'self' 'wasm-unsafe-eval' {csp_hash('{}')};" in policy


@pytest.mark.parametrize(
    ("needs", "more"),
    [
        (Needs(), {}),
        (Needs(computes=True), {"script-src": {"'self'", "'wasm-unsafe-eval'"}}),
        (Needs(styles=("a{}",)), {"style-src": {"'self'", csp_hash("a{}")}}),
        (Needs(offline=True), {"worker-src": {"'self'"}, "manifest-src": {"'self'"}}),
        (
            Needs(computes=True, alone=True),
            {
                "script-src": {"'wasm-unsafe-eval'", "data:"},
                "style-src": set(),
                "img-src": {"data:", "blob:"},
                "connect-src": {"'none'"},
            },
        ),
    ],
)
def test_a_page_may_do_what_it_needs_and_no_more(needs: Needs, more: dict[str, set[str]]) -> None:
    policy = make_policy(needs)
    assert read_policy(policy) == FIXED | more
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
