// The small field in which a word or a server to block is looked over, with what it would hit, before it is saved.

import { setText } from "./dom.js";

const PAUSE = 200;
const LABELS = { word: "Block the word", domain: "Block the server" };
const number = new Intl.NumberFormat("en");

/** "It would hit 3 waiting, 1 shown." Pure. */
export function hitsWords({ waiting, shown, today }) {
  if (!waiting && !shown && !today) return "It would have hit nothing so far.";
  return `It would hit ${number.format(waiting)} waiting, ${number.format(shown)} shown; ${number.format(today)} in the last day.`;
}

/** `form` holds the field. `preview(rule)` asks what a rule would hit, `save(kind, value)` blocks. */
export class BlockField {
  #form; #input; #label; #hits; #preview; #save; #kind = "word"; #timer = null; #asked = 0; #before = null;

  constructor({ form, preview, save }) {
    [this.#form, this.#preview, this.#save] = [form, preview, save];
    this.#input = form.querySelector("input");
    this.#label = form.querySelector("label");
    this.#hits = form.querySelector("[role=status]");
    this.#input.addEventListener("input", () => this.#ask());
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#done(); });
    form.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.close(); });
    form.querySelector("button[type=button]").addEventListener("click", () => this.close());
  }

  get open() { return !this.#form.hidden; }

  /** Opens with what is most likely meant. */
  ask(kind, value) {
    this.#before = document.activeElement;
    this.#kind = kind;
    setText(this.#label, LABELS[kind]);
    this.#input.value = value;
    this.#form.hidden = false;
    this.#input.focus();
    this.#input.select();
    setText(this.#hits, "");
    this.#ask(0);
  }

  close() {
    if (!this.open) return;
    this.#form.hidden = true;
    this.#asked += 1;
    if (this.#before?.isConnected) this.#before.focus({ preventScroll: true });
  }

  #ask(pause = PAUSE) {
    clearTimeout(this.#timer);
    const turn = (this.#asked += 1);
    const value = this.#input.value.trim();
    if (!value) return setText(this.#hits, "");
    this.#timer = setTimeout(async () => {
      const words = await this.#preview({ id: "preview", kind: this.#kind, action: "hide", values: [value] }).then(hitsWords, (error) => error.message);
      if (turn === this.#asked) setText(this.#hits, words);
    }, pause);
  }

  #done() {
    const value = this.#input.value.trim();
    if (!value) return;
    this.close();
    this.#save(this.#kind, value);
  }
}
