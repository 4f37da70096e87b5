// The desk's panel of the screens at the venue: how they are, and what each is to do.

import { button, field, form, input, select, show, submit } from "./desk-form.js";
import { lasted, screenState } from "./desk-head.js";
import { el, setText } from "./dom.js";
import { arrange } from "./live-keyed.js";

const THEMES = [["dark", "Dark"], ["light", "Light"], ["auto", "As the PC"]];
const CALM = [["auto", "Calm during talks"], ["on", "Calm now"], ["off", "Never calm"]];
const SCALES = [0.5, 0.6, 0.7, 0.85, 1, 1.15, 1.3, 1.6].map((scale) => [String(scale), `${Math.round(scale * 100)} %`]);
const COLUMNS = [["", "As many as fit"], ...[1, 2, 3, 4, 5, 6].map((count) => [String(count), `${count} ${count === 1 ? "column" : "columns"}`])];

/** How a screen is, in a sentence: "connected, 0.2 s; up 3 h; heard 2 s ago". Pure. */
export function screenWords(screen, nowMs) {
  const { words } = screenState(screen, nowMs);
  const up = screen.online && screen.up_s ? `up ${lasted(screen.up_s * 1000)}` : "";
  const heard = screen.online && screen.seen_at ? `heard ${lasted(nowMs - Date.parse(screen.seen_at))} ago` : "";
  const painted = screen.online && screen.painted_ms !== null && screen.painted_ms !== undefined ? `95 of 100 changes painted within ${screen.painted_ms} ms` : "";
  return [words, up, heard, painted].filter(Boolean).join("; ");
}

/** `commands` reach the service, `acts.try` says what is refused, `now()` gives epoch ms. */
export class ScreensPanel {
  #box; #commands; #acts; #news; #now; #list = el("ul", "cards"); #nodes = new Map(); #link = el("div", "once"); #empty = el("p", "panel__empty", "No screen is registered yet.");

  constructor({ box, commands, acts, news, now }) {
    [this.#box, this.#commands, this.#acts, this.#news, this.#now] = [box, commands, acts, news, now];
    const [name, room] = [input("text", "", { maxLength: 80, required: true, placeholder: "Hall A" }), input("text", "", { maxLength: 80, placeholder: "as in the programme" })];
    const add = form("panel__form", () => this.#add(name.value, room.value), el("h2", "room__title", "Add a screen"), field("Name", name), field("Room", room, "Optional. It goes calm while a talk is on in this room."), submit("Add and get its link"));
    this.#link.setAttribute("role", "status");
    box.append(el("h2", "room__title", "Screens"), this.#empty, this.#list, this.#link, add);
  }

  draw() {
    const { screens } = this.#news.frame;
    this.#empty.hidden = screens.length > 0;
    arrange(this.#list, screens.map((screen) => this.#put(screen)));
    for (const id of this.#nodes.keys()) if (!screens.some((screen) => screen.id === id)) this.#nodes.delete(id);
  }

  #put(screen) {
    const parts = this.#nodes.get(screen.id) ?? this.#build(screen.id);
    this.#nodes.set(screen.id, parts);
    const { state = {} } = screen;
    setText(parts.name, screen.name);
    setText(parts.room, screen.room);
    setText(parts.words, screenWords(screen, this.#now()));
    parts.node.dataset.tone = screenState(screen, this.#now()).tone;
    show(parts.theme, state.theme ?? "auto");
    show(parts.scale, state.scale ?? 1);
    show(parts.calm, state.calm ?? "auto");
    show(parts.columns, state.columns ?? "");
    parts.dark.setAttribute("aria-pressed", String(Boolean(state.dark)));
    return parts.node;
  }

  #build(id) {
    const change = (state) => this.#acts.try(() => this.#commands.changeScreen(id, { state }));
    const ask = (what) => () => this.#acts.try(() => this.#commands.askScreen(id, what));
    const parts = { name: el("b", "card__name"), room: el("span", "card__room"), words: el("p", "card__words"),
      theme: select(THEMES), scale: select(SCALES, "1"), calm: select(CALM), columns: select(COLUMNS),
      dark: button("Dark: show nothing", () => change({ dark: !this.#state(id).dark })) };
    parts.theme.addEventListener("change", ({ target }) => change({ theme: target.value }));
    parts.scale.addEventListener("change", ({ target }) => change({ scale: Number(target.value) }));
    parts.calm.addEventListener("change", ({ target }) => change({ calm: target.value }));
    parts.columns.addEventListener("change", ({ target }) => change({ columns: target.value ? Number(target.value) : null }));
    const acts = el("p", "card__acts", button("Which one is it?", ask("identify")), button("Load anew", ask("reload")), parts.dark,
      button("New link", () => this.#acts.try(() => this.#commands.askScreen(id, "link"), (answer) => this.#show(answer))), button("Remove", () => this.#acts.try(() => this.#commands.dropScreen(id)), "button button--danger"));
    const looks = el("div", "card__fields", field("Look", parts.theme), field("Size", parts.scale), field("Calm", parts.calm), field("Columns", parts.columns));
    parts.node = el("li", "card", el("p", "card__head", el("span", "dot"), parts.name, " ", parts.room), parts.words, looks, acts);
    return parts;
  }

  #state(id) { return this.#news.frame.screens.find((screen) => screen.id === id)?.state ?? {}; }

  #add(name, room) { return this.#acts.try(() => this.#commands.addScreen(name, room), (answer) => this.#show(answer)); }

  /** The link is told this once. */
  #show({ name, link }) {
    const address = input("text", link, { readOnly: true });
    address.addEventListener("focus", () => address.select());
    const copy = button("Copy", (node) => navigator.clipboard.writeText(link).then(() => setText(node, "Copied"), () => address.select()));
    this.#link.replaceChildren(field(`Open this link once, in the browser of ${name}. It is not shown again.`, address), copy, button("Done", () => this.#link.replaceChildren()));
    address.focus();
  }

  /** Calm on every screen that hangs in a room (on all when none does), or as the programme says again. */
  calm(say) {
    const all = this.#news.frame.screens;
    const stage = all.some(({ room }) => room) ? all.filter(({ room }) => room) : all;
    if (!stage.length) return say("No screen is registered, so none can be calm.");
    const on = stage.some(({ state }) => state?.calm !== "on");
    return Promise.all(stage.map(({ id }) => this.#acts.try(() => this.#commands.changeScreen(id, { state: { calm: on ? "on" : "auto" } }))))
      .then(() => say(on ? `Calm: ${stage.map(({ name }) => name).join(", ")}.` : "Calm as the programme says."));
  }
}
