// Puts a wall's scene on its stage: which of the slides, the spotlight, the calm view, the dark and the name is in front of the posts.

import { agenda, sceneOf } from "../core/scene.js";
import "./wall-band.js";
import "./wall-calm.js";
import "./wall-sign.js";
import "./wall-slides.js";
import "./wall-spotlight.js";

const topOf = (element) => element.getBoundingClientRect().top;

export class Stage {
  #store; #board; #find; #preview;
  /** The scene as it is, and the last frame for this screen (null: no screen, or not yet known). */
  scene = null;
  screen = null;

  /** `root`: the document, with one of each of the stage's elements; `preview`: only the crew sees it, so it shows posts whenever it starts. */
  constructor({ store, board, root, preview = false }) {
    this.#preview = preview;
    this.#store = store;
    this.#board = board;
    const parts = { band: "wall-band", slides: "wall-slides", spotlight: "wall-spotlight", calm: "wall-calm", dark: "#dark", sign: "wall-sign" };
    this.#find = Object.fromEntries(Object.entries(parts).map(([name, selector]) => [name, root.querySelector(selector)]));
  }

  /** Posts left the wall: they leave everything in this very frame. */
  drop(ids) {
    for (const id of ids) {
      this.#find.spotlight.drop(id);
      this.#find.calm.drop(id);
    }
  }

  /** Shows what is to be seen at this moment. `nowMs` of the service's clock, `upMs` since the page began. */
  draw(nowMs, upMs) {
    const store = this.#store;
    const { slides, sign, dark, spotlight } = this.#find;
    const notices = store.notices();
    const fresh = !this.#board.started;
    const scene = sceneOf({ wall: store.wall, has: (id) => store.get(id)?.kind === "post", notices, sessions: store.sessions(), screen: this.screen,
      nowMs, upMs, shown: slides.shown, fresh: fresh && !this.#preview });
    this.scene = scene;
    Object.assign(this.#board, { still: scene.still, frozen: scene.frozen && !(fresh && this.#preview) });
    slides.draw(store.wall, notices, nowMs);
    slides.show(scene.slide);
    spotlight.show(scene.spotlight && store.get(scene.spotlight), nowMs);
    this.#drawCalm(nowMs);
    this.#drawBand(notices, nowMs);
    dark.classList.toggle("is-shown", scene.dark);
    if (scene.sign) sign.show(this.screen);
    else sign.hidden = true;
  }

  #drawCalm(nowMs) {
    const { calm } = this.#find;
    const { wall } = this.#store;
    if (!this.scene.calm || !wall) return calm.leave();
    const room = this.screen.room ?? "";
    return calm.show({ wall, room, nowMs, agenda: agenda(this.#store.sessions(), room, nowMs), pinned: this.#store.posts().filter(({ pinned }) => pinned) });
  }

  /** The posts make room for what is announced; the ones that are on top stay. */
  #drawBand(notices, nowMs) {
    this.#find.band.show(notices, nowMs, (change) => {
      const before = topOf(this.#board);
      change();
      if (this.#board.started) this.#board.shift(before - topOf(this.#board));
    });
  }
}
