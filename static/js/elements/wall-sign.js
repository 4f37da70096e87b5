// <wall-sign>: which screen this is, so large that whoever set it up finds it from the other end of the hall.

import { el, setText } from "./dom.js";

export class WallSign extends HTMLElement {
  #name = el("p", "sign__name");
  #room = el("p", "sign__room");

  connectedCallback() { this.append(this.#name, this.#room); }

  /** `screen`: its last frame. */
  show({ name, room }) {
    setText(this.#name, name);
    setText(this.#room, room === name ? "" : room ?? "");
    this.style.setProperty("--length", Math.max(4, Array.from(name).length));
    this.hidden = false;
  }
}

customElements.define("wall-sign", WallSign);
