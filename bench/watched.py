"""A page in Chromium that notes by itself when frames came, and when cards were painted and gone."""

from playwright.async_api import Browser, Page

WATCH = """
window.marks = {frames: {}, painted: {}, gone: {}, seen: {}};
const now = () => performance.timeOrigin + performance.now();
const plain = window.WebSocket;
window.WebSocket = class extends plain {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({data}) => {
      const at = now(), frame = JSON.parse(data);
      for (const {id} of frame.items ?? []) marks.frames[id] ??= at;
    });
  }
  send(text) {
    const said = JSON.parse(text);
    if (said.kind === "seen") marks.seen[said.seq] ??= now();
    super.send(text);
  }
};
const drawn = (note) => requestAnimationFrame(() => requestAnimationFrame(note));
const cards = (node) => node.localName === "post-card" ? [node] : [...node.querySelectorAll?.("post-card") ?? []];
const shown = (nodes) => [...nodes].flatMap(cards).filter((card) => card.post);
const came = ({post: {id}}) => { delete marks.gone[id]; drawn(() => { marks.painted[id] ??= now(); }); };
const left = (card) => drawn(() => { if (!card.isConnected) marks.gone[card.post.id] = now(); });
new MutationObserver((changes) => {
  for (const change of changes) {
    shown(change.removedNodes).forEach(left);
    shown(change.addedNodes).forEach(came);
  }
}).observe(document, {childList: true, subtree: true});
"""
"""Runs before the page's own scripts; notes when a frame came, when its card was painted and gone, what the wall reported."""


async def open_page(browser: Browser, address: str, width: int, height: int) -> Page:
    """A page that watches itself, connected."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.add_init_script(WATCH)
    async with page.expect_websocket() as connecting:
        await page.goto(address)
    await (await connecting.value).wait_for_event("framereceived")
    return page
