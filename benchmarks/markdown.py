"""How long a message freezes its reader's browser, at worst: `python -m benchmarks.markdown --help`.

The search of `benchmarks/markdown.mjs`, in Chromium and with the web client's own modules: known bad texts of 4,000
characters, and as many more as asked for, each grown from those that cost most so far. Two searches: for the text that
takes longest to be taken apart, and for the one that takes longest to be taken apart and drawn into the page. A cost is
the least of several tries: what others do on the machine meanwhile is left out. No server runs.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from playwright.sync_api import Route

from benchmarks.browser import chromium
from benchmarks.load import say
from benchmarks.processes import ROOT, Missing
from chatproject.assets import bare_name

LIMIT = 10.0  # ms a message
HOST = "http://markdown.test"
VENDOR = ROOT / "static" / "vendor"
IMPORTS = {
    "chat/": "/static/js/",
    **{
        bare_name(path.relative_to(VENDOR).as_posix()): f"/{path.relative_to(ROOT).as_posix()}"
        for path in VENDOR.rglob("*.mjs")
    },
}
PAGE = f"""<!doctype html><meta charset="utf-8">
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>
<link rel="stylesheet" href="/static/made/app.css">
<div id="app" data-user="1"><article class="message"><div></div><div class="message-main"></div></article></div>"""

SEARCH = """async ({ seed, messages, isDrawn }) => {
  const { blocksOf } = await import("chat/markdown.js");
  const { Markdown } = await import("chat/views/markdown.js");
  const { html } = await import("chat/ui.js");
  const { render } = await import("preact");
  const { search } = await import("/tests/js/texts.mjs");
  const place = document.querySelector(".message-main");
  const { slowest } = await import("/benchmarks/slowest.mjs");
  let fresh = 0;
  const draw = (text) => {
    fresh += 1; // kept trees are of other texts
    render(html`<${Markdown} text=${text + fresh} />`, place);
  };
  const clear = () => render(null, place);
  const how = isDrawn ? { take: draw, before: clear } : { take: blocksOf };
  return slowest({ search, rounds: messages, seed, ...how });
}"""


def serve(route: Route) -> None:
    """Files of the project, as they are, and the page."""
    path = route.request.url.removeprefix(HOST)
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    else:
        route.fulfill(path=ROOT / path.removeprefix("/"))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--messages", type=int, default=1000, help="texts that are tried beside the known ones"
    )
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    options = parser.parse_args(arguments)
    costs = []
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.route("**/*", serve)
            page.goto(f"{HOST}/")
            for work in ("take apart", "take apart and draw"):
                wanted = {
                    "seed": options.seed,
                    "messages": options.messages,
                    "isDrawn": work.endswith("draw"),
                }
                found = page.evaluate(SEARCH, wanted)
                costs.append(found["cost"])
                tried = f"{options.messages} messages, seed {options.seed}"
                say(f"{tried}: the worst to {work} took {found['cost']:.1f} ms")
                say(json.dumps(found["text"][:160], ensure_ascii=False))
    except Missing as missing:
        sys.exit(f"{missing}")
    return int(max(costs) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
