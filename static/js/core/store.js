// The items of one wall as a page knows them, and word of what changed.

import { applyFrame, emptyState } from "./window.js";

const byNumber = (a, b) => b.no - a.no;
const byStart = (a, b) => Date.parse(a.starts_at ?? 0) - Date.parse(b.starts_at ?? 0);

/** Holds the state; dispatches `change` with detail `{changed: ids, gone: ids, snapshot: bool}` after each frame that changed it. */
export class Store extends EventTarget {
  #state = emptyState();
  #posts = null;

  get epoch() { return this.#state.epoch; }
  get seq() { return this.#state.seq; }
  get tip() { return this.#state.tip; }

  /** Takes a frame; old news changes nothing. False when something is missing before it; the caller then resumes. */
  apply(frame) {
    const { state, changed, gone, ok } = applyFrame(this.#state, frame);
    if (!ok || state === this.#state) return ok;
    this.#state = state;
    this.#posts = null;
    const detail = { changed, gone, snapshot: frame.kind === "snapshot" };
    this.dispatchEvent(new CustomEvent("change", { detail }));
    return true;
  }

  /** The item with this id, or undefined. */
  get(id) { return this.#state.items.get(id); }

  /** The wall's own item, or undefined before the first frame. */
  get wall() { return this.#ofKind("wall")[0]; }

  /** Posts, newest first. The same array until the next change: do not alter it. */
  posts() { return (this.#posts ??= this.#ofKind("post").sort(byNumber)); }

  /** Notices by start. */
  notices() { return this.#ofKind("notice").sort(byStart); }

  /** Sessions by start. */
  sessions() { return this.#ofKind("session").sort(byStart); }

  #ofKind(kind) { return [...this.#state.items.values()].filter((item) => item.kind === kind); }
}
