// The line at the foot of a wall: what the hosts announce, and how many posts found no place.

import { styled } from "../core/scene.js";
import { el, setText } from "./dom.js";
import { shortAddress } from "./wall-join.js";

/** Milliseconds that each of several notices is shown. */
const TURN = 12_000;

export class WallTicker extends HTMLElement {
  #notice = el("p", "ticker__notice");
  #number = el("b", "ticker__number");
  #address = el("b", "ticker__address");
  #more = el("p", "ticker__more", this.#number, " more posts at ", this.#address);

  connectedCallback() {
    this.#notice.dir = "auto";
    this.append(this.#notice, this.#more);
  }

  show({ wall, notices, more, nowMs }) {
    const current = styled(notices, "line", nowMs);
    setText(this.#notice, current.length ? current[Math.floor(nowMs / TURN) % current.length].text : "");
    this.#more.hidden = !more || !wall?.join_url;
    setText(this.#number, `+${more}`);
    setText(this.#address, shortAddress(wall?.join_url));
  }
}

customElements.define("wall-ticker", WallTicker);
