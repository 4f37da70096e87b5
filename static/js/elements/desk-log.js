// The log of the crew as a list, newest first, each line with its undo where it can be taken back.

import { clock } from "../core/time.js";
import { canUndo, deedOf } from "./desk-log-words.js";
import { el, setText } from "./dom.js";
import { arrange } from "./live-keyed.js";

/** `undo(line)` takes a line back, `nameOf(id)` is the author of a post, or null when it is not here, `choose(id)` shows a post. */
export class LogList {
  #list; #undo; #nameOf; #choose; #nodes = new Map();

  constructor(list, { undo, nameOf, choose }) {
    [this.#list, this.#undo, this.#nameOf, this.#choose] = [list, undo, nameOf, choose];
  }

  /** `me`: the reader's own name, which is "You". `proofs(line)`: what the screens said about a line. */
  draw(lines, { me, proofOf }) {
    arrange(this.#list, lines.map((line) => this.#put(line, me, proofOf(line))));
    const ids = new Set(lines.map(({ id }) => id));
    for (const id of this.#nodes.keys()) if (!ids.has(id)) this.#nodes.delete(id);
  }

  #put(line, me, proof) {
    const parts = this.#nodes.get(line.id) ?? this.#build(line, me);
    this.#nodes.set(line.id, parts);
    parts.line = line;
    setText(parts.name, parts.post ? (this.#nameOf(parts.post) ?? "a post") : "");
    setText(parts.state, [line.undone && "taken back", proof].filter(Boolean).join("; "));
    parts.node.toggleAttribute("data-undone", line.undone);
    parts.button.hidden = !canUndo(line);
    return parts.node;
  }

  #build(line, me) {
    const { words, post } = deedOf(line);
    const [name, state, button] = [el(post ? "button" : "bdi", "log__name"), el("span", "log__state"), el("button", "button log__undo", "Undo")];
    const time = el("time", "log__time", clock(Date.parse(line.at)));
    time.dateTime = line.at;
    const parts = { name, state, button, post, line };
    if (post) Object.assign(name, { type: "button" });
    button.type = "button";
    const who = line.who === me ? "You" : line.who;
    button.setAttribute("aria-label", `Undo: ${who} ${words}`);
    button.addEventListener("click", () => this.#undo(parts.line));
    if (post) name.addEventListener("click", () => this.#choose(post));
    const text = el("p", "log__line", el("b", "", who), post ? ` ${words} ` : ` ${words}`, name, ", ", time, el("br"), state);
    parts.node = el("li", "log__row", text, button);
    return parts;
  }
}
