// Above the desk's list: the three lists with their counts, why posts wait, and what is ticked.

import { groupsOf } from "./desk-queue.js";
import { STATUS } from "./desk-view.js";
import { el, setText } from "./dom.js";
import { arrange } from "./live-keyed.js";

const number = new Intl.NumberFormat("en");

/** `parts` are the elements by name. */
export class ListHead {
  #parts; #chips = new Map();

  constructor(parts) { this.#parts = parts; }

  draw(browse) {
    const { tabs, open } = browse.lists;
    this.#tabs(tabs, browse.tab);
    this.#groups(browse.tab === "pending" && !browse.found ? tabs.pending : [], browse.reason);
    this.#ticked(browse, open.length);
    this.#order(browse);
    this.#empty(browse, open.length);
  }

  #tabs(tabs, open) {
    for (const button of this.#parts.tabs.children) {
      const { tab } = button.dataset;
      button.setAttribute("aria-pressed", String(tab === open));
      button.toggleAttribute("data-none", tabs[tab].length === 0);
      setText(button.querySelector(".tab__count"), number.format(tabs[tab].length));
    }
  }

  #order({ tab, oldest, found }) {
    this.#parts.order.hidden = tab !== "pending" || found !== null;
    setText(this.#parts.order, oldest ? "Oldest first" : "Newest first");
  }

  /** One click filters, another shows all again. */
  #groups(pending, chosen) {
    const shown = groupsOf(pending).filter(({ reason }) => reason !== "" || reason === chosen);
    this.#parts.groups.hidden = shown.length === 0;
    arrange(this.#parts.groups, shown.map((group) => this.#chip(group, chosen)));
  }

  #chip({ reason, name, count }, chosen) {
    const chip = this.#chips.get(reason) ?? el("button", "chip", el("span", "chip__name", name), " ", el("span", "chip__count"));
    this.#chips.set(reason, chip);
    Object.assign(chip, { type: "button" });
    chip.dataset.reason = reason;
    chip.setAttribute("aria-pressed", String(reason === chosen));
    setText(chip.lastChild, number.format(count));
    return chip;
  }

  #ticked(browse, shown) {
    const { tickAll, tickWords, tickedActs, ticked } = this.#parts;
    const count = browse.ticked.size;
    ticked.hidden = shown === 0 && count === 0;
    tickAll.checked = browse.share === "all";
    tickAll.indeterminate = browse.share === "some";
    setText(tickWords, count ? `${number.format(count)} selected` : browse.reason !== null ? `Select all ${number.format(shown)} of these` : `Select all ${number.format(shown)}`);
    tickedActs.hidden = count === 0;
  }

  #empty({ words, tab, found }, shown) {
    const { empty, find } = this.#parts;
    const said = found ? "Nothing of that is kept." : words ? "No post matches here." : `Nothing is ${STATUS[tab].toLowerCase()}.`;
    setText(empty, shown ? "" : said);
    find.hidden = !(words && (found ? found.more : true));
    setText(find.firstElementChild, found ? "More" : "Search everything kept");
  }
}
