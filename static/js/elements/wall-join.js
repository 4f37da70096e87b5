// How people in the room join: the card at the foot of a column, the slide that fills the screen, and the invitation of an empty wall.

import { el, picture, setText } from "./dom.js";

/** An address as people type it. */
export const shortAddress = (url) => (url ?? "").replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");

/** A QR code of the attendee view, drawn by the service. The words beside it say the same. */
function code(wall) {
  const img = picture(`/api/v1/walls/${encodeURIComponent(wall.slug)}/join.svg`, "", 300, 300, "join__code");
  const frame = el("div", "join__frame", img);
  frame.addEventListener("unavailable", () => { frame.hidden = true; }, { once: true });
  return frame;
}

/** What leads to the hashtag, and what to do with it; with a form, those without an account are asked in, too. */
const WORDS = {
  card: ["Join in with ", "Post on Mastodon and see it here"],
  slide: ["", "Post on Mastodon, or scan to read and reply from your seat"],
  empty: ["Be the first: ", "Post on Mastodon and see it here"],
};
const WITH_FORM = {
  card: ["Post with ", "or scan and write here: no account needed"],
  slide: ["", "Post with it, or scan to read along and write without an account"],
  empty: ["Be the first: ", "Post with it, or scan and write without an account"],
};

/** `variant`: "card", "slide" or "empty". */
export class WallJoin extends HTMLElement {
  #shown = "";

  show(wall) {
    const key = JSON.stringify([wall.slug, wall.hashtags, wall.join_url, wall.form_url]);
    if (key === this.#shown) return;
    this.#shown = key;
    const tag = el("bdi", "join__tag", `#${wall.hashtags[0] ?? wall.slug}`);
    const words = wall.form_url ? WITH_FORM : WORDS;
    const [lead, invitation] = words[this.getAttribute("variant")];
    const title = el("p", "join__title", lead && el("span", "join__lead", lead), tag);
    this.style.setProperty("--length", Array.from(tag.textContent).length);
    this.replaceChildren(code(wall), el("div", "join__words", title, el("p", "join__how", invitation), el("p", "join__address")));
    const address = shortAddress(wall.join_url);
    this.style.setProperty("--address-length", Math.max(1, address.length));
    setText(this.querySelector(".join__address"), address);
  }
}

customElements.define("wall-join", WallJoin);
