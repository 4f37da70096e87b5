// <wall-calm>: what stands behind a speaker: what is on in this room, what comes next, and the hosts' pinned posts. Nothing moves.

import { clock } from "../core/time.js";
import { el } from "./dom.js";
import { PostCard } from "./post-card.js";
import "./wall-column.js";

const MOST_NEXT = 3;
const bidi = (className, text) => (text ? el("bdi", className, text) : null);
const time = (iso) => clock(Date.parse(iso));

function sessionNode(session, word, when, withRoom) {
  const people = [withRoom ? session.room : "", ...(session.speakers ?? [])].filter(Boolean).join(" · ");
  return el("section", `calm__session calm__session--${word.toLowerCase()}`,
    el("p", "calm__when", el("span", "calm__word", word), ` ${when}`), bidi("calm__title", session.title), bidi("calm__people", people));
}

function agendaNodes({ now, next }, room) {
  const running = now.map((session) => sessionNode(session, "Now", session.ends_at ? `until ${time(session.ends_at)}` : "", !room));
  const coming = next.slice(0, MOST_NEXT).map((session) => sessionNode(session, "Next", `at ${time(session.starts_at)}`, !room));
  return [...running, ...coming];
}

function nameNodes(wall) {
  return [el("section", "calm__session", bidi("calm__title", wall.title), wall.hashtags[0] ? bidi("calm__tag", `#${wall.hashtags[0]}`) : null)];
}

export class WallCalm extends HTMLElement {
  #agenda = el("div", "calm__agenda");
  #pinned = el("div", "calm__pinned");
  #column = null; #drawn = ""; #ids = [];

  connectedCallback() { this.append(this.#agenda, this.#pinned); }

  /** `agenda` of `scene.agenda`, the `room` it is of, `pinned` posts; nothing is touched that stays as it is. */
  show({ wall, agenda, room, pinned, nowMs }) {
    const key = JSON.stringify([agenda, room, wall.title, wall.hashtags]);
    if (key !== this.#drawn) {
      const nodes = agendaNodes(agenda, room);
      this.#agenda.replaceChildren(...(nodes.length ? nodes : nameNodes(wall)));
    }
    this.#drawn = key;
    this.#showPinned(pinned, nowMs);
    this.classList.add("is-shown");
  }

  leave() { this.classList.remove("is-shown"); }

  /** The post was hidden or deleted: out of this very frame. */
  drop(id) {
    this.#ids = this.#ids.filter((other) => other !== id);
    this.#column?.drop(id);
  }

  #showPinned(pinned, nowMs) {
    this.#pinned.hidden = pinned.length === 0;
    const ids = pinned.map(({ id }) => id);
    if (ids.join() === this.#ids.join()) return this.#renew(pinned);
    this.#ids = ids;
    this.#column = document.createElement("wall-column");
    this.#pinned.replaceChildren(this.#column);
    for (const item of pinned) this.#column.place(this.#card(item, nowMs), { cut: true });
    return this.#column.useRoom();
  }

  #renew(pinned) {
    const items = new Map(pinned.map((item) => [item.id, item]));
    const changed = (this.#column?.all ?? []).filter((card) => card.post !== items.get(card.post.id));
    for (const card of changed) card.post = items.get(card.post.id);
    if (changed.length) this.#column.refit();
  }

  #card(item, nowMs) {
    const card = new PostCard();
    card.setAttribute("size", "wall");
    card.now = nowMs;
    card.post = item;
    return card;
  }
}

customElements.define("wall-calm", WallCalm);
