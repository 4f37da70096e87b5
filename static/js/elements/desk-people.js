// The desk's panel of people: whose posts go straight on, and of whom nothing is shown.

import { button, field, form, input, select, submit } from "./desk-form.js";
import { el } from "./dom.js";

const LISTS = [["listed", "Listed: their posts go straight on"], ["blocked", "Blocked: nothing of theirs is shown"]];

export class PeoplePanel {
  #news; #commands; #acts; #lists = new Map(); #drawn = "";

  constructor({ box, commands, acts, news }) {
    [this.#news, this.#commands, this.#acts] = [news, commands, acts];
    const handle = input("text", "", { required: true, placeholder: "ada@fedi.example", spellcheck: false });
    const standing = select(LISTS.map(([value, words]) => [value, words.split(":")[0]]), "listed");
    const add = form("panel__form", () => this.#stand(handle.value, standing.value), el("h2", "room__title", "List or block somebody"), field("Handle", handle, "As the post shows it. They must have posted here before."), field("As", standing), submit("Save"));
    for (const [value, words] of LISTS) {
      this.#lists.set(value, el("ul", "names"));
      box.append(el("h2", "room__title", words), this.#lists.get(value));
    }
    box.append(add);
  }

  open() { this.#news.readSet(); }

  draw() {
    const { people } = this.#news.set;
    const key = JSON.stringify(people);
    if (key === this.#drawn) return;
    this.#drawn = key;
    for (const [value, list] of this.#lists) {
      const rows = (people[value] ?? []).map((person) => this.#row(person));
      list.replaceChildren(...(rows.length ? rows : [el("li", "panel__empty", "Nobody.")]));
    }
  }

  #row({ key, handle }) {
    const free = button("Free", () => this.#stand(key, ""));
    free.setAttribute("aria-label", `Free ${handle}`);
    return el("li", "names__row", el("bdi", "", handle || key), free);
  }

  async #stand(handle, standing) {
    const done = await this.#acts.try(() => this.#commands.stand(handle, standing));
    if (done) this.#news.readSet();
    return done;
  }
}
