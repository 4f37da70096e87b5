// <wall-band>: what the hosts announce, in a band of its own above the posts, so that it covers none of them.

import { styled } from "../core/scene.js";
import { el } from "./dom.js";

/** Milliseconds that each of several announcements is shown. */
const TURN = 12_000;
/** Characters that stand large in two or three lines of an ordinary screen. */
const SHORT = 150;

function announcement({ title, text }) {
  const lines = [title && el("bdi", "band__title", title), text && el("span", "band__text", text)].filter(Boolean);
  const length = Array.from(`${title ?? ""}${text ?? ""}`).length;
  const node = el("p", `band__notice${length > SHORT ? " band__notice--long" : ""}`, ...lines.flatMap((line, index) => (index ? [" ", line] : [line])));
  node.dir = "auto";
  return node;
}

export class WallBand extends HTMLElement {
  #key = "[]";

  /** Announcements lie on one another, so that the band has one height while they take turns. `around` runs what may change that height. */
  show(notices, nowMs, around) {
    const list = styled(notices, "announcement", nowMs);
    const key = JSON.stringify(list);
    if (key !== this.#key) around(() => this.#draw(list));
    this.#key = key;
    const turn = list.length ? Math.floor(nowMs / TURN) % list.length : 0;
    [...this.children].forEach((node, index) => node.classList.toggle("is-shown", index === turn));
  }

  #draw(list) {
    this.replaceChildren(...list.map(announcement));
    this.hidden = list.length === 0;
  }
}

customElements.define("wall-band", WallBand);
