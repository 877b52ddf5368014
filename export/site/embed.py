"""The code that shows the lab inside another page: an embed as wide as its place, and as high as what is in it.

Where the other page runs no script of ours, the embed keeps the height that it has in a column of WIDTH pixels.
"""

from markupsafe import escape

WIDTH, HEIGHT = 720, 1460  # CSS pixels; tests/test_embed.py measures them
HIDDEN = "header,hero,footer"  # what is around the lab
# {src} and {title} are filled with text that is escaped for an attribute. js/page/embed.js sends the message.
CODE = (
    f'<iframe src="{{src}}" title="{{title}}" width="100%" height="{HEIGHT}" style="border:0"></iframe>\n'
    '<script>addEventListener("message",({source,data})=>{for(const one of document.querySelectorAll("iframe"))'
    "if(one.contentWindow===source&&data?.daeHeight>0)one.height=data.daeHeight})</script>"
)


def make_embed(src: str, title: str) -> str:
    """The code for an address of the lab; js/panels/share.js fills it in the same way."""
    return CODE.replace("{src}", str(escape(src))).replace("{title}", str(escape(title)))
