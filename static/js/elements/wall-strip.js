// The operator's strip of a wall (key d): how the connection and the pacing are doing. The audience never sees it.

import { el, setText } from "./dom.js";

export class WallStrip extends HTMLElement {
  #line = el("p", "strip__line");
  #pulse = null;

  connectedCallback() { this.append(this.#line); }

  pulse(frame) { this.#pulse = frame; }

  show({ socket, store, pacer, motion, awake, stage: { screen, scene } }) {
    if (this.hidden) return;
    const sizes = Object.entries(pacer.sizes()).map(([name, size]) => `${name} ${size}`);
    const behind = this.#pulse ? Math.max(0, this.#pulse.seq - store.seq) : 0;
    const states = Object.keys(scene).filter((name) => scene[name]);
    const parts = [screen ? `screen ${screen.name}` : "no screen of the desk", socket.state, ...states, `seq ${store.seq}`, `behind ${behind}`, `viewers ${this.#pulse?.viewers ?? "?"}`, `posts ${store.posts().length}`,
      ...sizes, `motion ${motion.kind}`, `display ${awake.state}`, `nodes ${document.getElementsByTagName("*").length}`, `${innerWidth}×${innerHeight}`];
    setText(this.#line, parts.join(" · "));
  }
}

customElements.define("wall-strip", WallStrip);
