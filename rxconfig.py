"""What Reflex is told about this app; everything about the business is in `crm_app.core` instead."""

import re
from typing import Any

import reflex as rx

_BAKED_URL = re.compile(
    r"""(?P<quote>["'`])(?P<kind>ws|http)s?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?(?P<rest>[^"'`]*)(?P=quote)"""
)

_ROOT_HAS = re.compile(r",:root:where\(:has\(\.radix-themes\[[^\]]*\]:where\([^)]*\)\)\)")


def _from_origin(match: re.Match[str]) -> str:
    origin = "location.origin.replace(/^http/,'ws')" if match["kind"] == "ws" else "location.origin"
    return f"{origin}+{match['quote']}{match['rest']}{match['quote']}"


class SameOrigin(rx.plugins.Plugin):
    """Let the built pages call back to whatever address served them.

    Reflex bakes one address into the build; one build has to work under any host name, port and scheme.
    """

    def post_build(self, **context: Any) -> None:
        for file in (context["static_dir"] / "assets").glob("reflex-env-*.js"):
            text, count = _BAKED_URL.subn(_from_origin, file.read_text(encoding="utf-8"))
            if not count:
                raise RuntimeError(f"No address to rewrite in {file.name}: has Reflex changed how it bakes them?")
            file.write_text(text, encoding="utf-8")


class ThemeTokens(rx.plugins.RadixThemesPlugin):
    """The scales and colours of Radix Themes without the looks of its components.

    Two of its components are used, popover and dialog, and `assets/crm.css` gives them their look. The whole style
    sheet has 740 KB, which each page would read and match before it shows anything.
    """

    GRAY = "slate"
    COLOURS = (
        *("indigo", "red", "green", "amber", "blue", "violet", "tomato", "teal", "sky", "purple", "pink", "orange"),
        *("cyan", "crimson", "bronze"),
    )
    """The accent, and what badges, tags and messages are coloured with: `tests/platform/test_styles.py` compares."""

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:
        """None beyond those that the components name themselves.

        Reflex would offer all of Radix to components that the server makes while it runs, and there are none: with it
        each page loads 200 KB of script more.
        """
        return ()

    def get_stylesheet_paths(self, **context: Any) -> tuple[str, ...]:
        """The tokens only."""
        colours = (self.GRAY, *self.COLOURS)
        tokens = "@radix-ui/themes/tokens"
        return (*(f"{tokens}/colors/{colour}.css" for colour in colours), f"{tokens}/base.css")

    def post_build(self, **context: Any) -> None:
        """Take out the tokens' two selectors with `:has`.

        They tell the root element whether it is light or dark, which Reflex tells it as well; for them the browser
        matched the root anew at each change below it, a millisecond for each of the 260 texts that charts measure.
        """
        for file in (context["static_dir"] / "assets").glob("__reflex_global_styles-*.css"):
            text, count = _ROOT_HAS.subn("", file.read_text(encoding="utf-8"))
            if count != 2:
                raise RuntimeError(f"{count} selectors with :has in {file.name}: has Radix changed its tokens?")
            file.write_text(text, encoding="utf-8")


config = rx.Config(
    app_name="crm_app",
    # One process serves everything, and who is signed in is kept in the database: nothing to share or to keep.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    # No foreign origin is ever allowed by CORS; `crm_app.serving` decides which may open a socket.
    cors_allowed_origins=[],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # `crm_app.build` compresses at the highest quality after the build.
    frontend_compression_formats=[],
    plugins=[ThemeTokens(theme=rx.theme(accent_color="indigo", gray_color=ThemeTokens.GRAY)), SameOrigin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
