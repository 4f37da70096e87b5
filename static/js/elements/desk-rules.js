// The desk's panel of the rules: what holds or hides posts, tried on what is there before it is saved.

import { button, field, form, input, select, submit } from "./desk-form.js";
import { hitsWords } from "./desk-block.js";
import { el, setText } from "./dom.js";

/** The kinds of rules: what each looks for, whether it has a list of words, and what its number means. docs/moderating.md */
const KINDS = {
  word: { name: "Words and phrases", values: "One a line; a * at the end stands for any ending." },
  author: { name: "Persons", values: "One handle a line." },
  domain: { name: "Servers", values: "One a line, with all below it: evil.example." },
  network: { name: "Networks", values: "One a line: mastodon, bluesky, nostr …" },
  language: { name: "Languages", values: "One code a line: de, en …" },
  link: { name: "Links", most: "Links that are fine" }, hashtags: { name: "Many hashtags", most: "Hashtags that are fine" },
  copies: { name: "Near copies by others", most: "Copies within 10 minutes that are fine" }, pace: { name: "Many posts from one person", most: "Posts a minute that are fine" },
  age: { name: "New accounts", most: "Days an account must be old", least: true }, followers: { name: "Few followers", most: "Followers it must have", least: true },
  reply: { name: "Replies" }, bare: { name: "No words of their own" }, media: { name: "Pictures and films" }, bot: { name: "Bots" }, sensitive: { name: "Sensitive posts" }, limited: { name: "Silenced accounts" },
  allow: { name: "Speakers and crew: go straight on", values: "One handle or server a line." },
};
const ACTIONS = [["hold", "wait for a moderator"], ["hide", "are hidden"]];
const PAUSE = 250;

const LISTED = 8;

/** A rule in one line: "Words and phrases: “spam”, “crypto” → waits"; a long list is counted, so that nobody has to read it. Pure. */
export function ruleWords({ kind, action, values = [], most = null }) {
  const { name = kind, least = false } = KINDS[kind] ?? {};
  const shown = values.length > LISTED ? `a list of ${values.length}` : values.map((value) => `“${value}”`).join(", ");
  const what = [shown, most !== null && `${least ? "fewer" : "more"} than ${most}`].filter(Boolean).join(" ");
  const becomes = kind === "allow" ? "" : action === "hide" ? "→ hidden" : "→ waits";
  return [what ? `${name}: ${what}` : name, becomes].filter(Boolean).join(" ");
}

/** What the form says as a rule. Pure. */
export function ruleOf({ id, kind, action, values, most, note = "" }) {
  const { values: list, most: numbered } = KINDS[kind];
  return { id, kind, action: kind === "allow" ? "hold" : action, values: list ? values.split("\n").map((line) => line.trim()).filter(Boolean) : [],
    most: numbered && most !== "" ? Number(most) : null, on: true, note };
}

const newId = (kind) => `${kind}-${Math.random().toString(36).slice(2, 10)}`;

export class RulesPanel {
  #news; #commands; #acts; #list = el("ul", "cards"); #drawn = ""; #parts; #editing = null; #timer = null; #asked = 0;

  constructor({ box, commands, acts, news }) {
    [this.#news, this.#commands, this.#acts] = [news, commands, acts];
    const file = input("file", "", { accept: ".json,.txt,.csv" });
    file.addEventListener("change", () => this.#import(file));
    const out = Object.assign(el("a", "button", "Save as a file"), { href: commands.exports.rules, download: "" });
    box.append(el("h2", "room__title", "Rules"), this.#list, this.#form(), el("h2", "room__title", "As files"), el("p", "card__acts", out), field("Take in a file", file, "Rules saved here, a list of words, or a list of blocked servers as Mastodon exports it."));
  }

  open() { this.#news.readSet(); }

  draw() {
    const { rules } = this.#news.set;
    const key = JSON.stringify(rules);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#list.replaceChildren(...(rules.length ? rules.map((rule) => this.#card(rule)) : [el("li", "panel__empty", "No rules.")]));
  }

  #card(rule) {
    const on = Object.assign(el("input"), { type: "checkbox", checked: rule.on });
    on.addEventListener("change", () => this.#put({ ...rule, on: on.checked }));
    const words = ruleWords(rule);
    const edit = button("Change", () => this.#edit(rule));
    edit.setAttribute("aria-label", `Change: ${words}`);
    const node = el("li", "card card--rule", el("label", "switch", on, " ", el("bdi", "", rule.note || words)), rule.note && el("p", "card__words", words), el("p", "card__acts", edit));
    node.toggleAttribute("data-off", !rule.on);
    return node;
  }

  #form() {
    const p = { kind: select(Object.entries(KINDS).map(([kind, { name }]) => [kind, name]), "word"), values: el("textarea", "input"), most: input("number", "", { min: 0, step: "any" }), action: select(ACTIONS, "hold"), hits: el("p", "panel__hits") };
    p.values.rows = 3;
    Object.assign(p, { valuesField: field("", p.values), mostField: field("", p.most), actionField: field("Such posts", p.action), title: el("h2", "room__title", "Add a rule") });
    p.hits.setAttribute("role", "status");
    p.cancel = button("Cancel", () => this.#edit(null));
    p.drop = button("Remove", () => this.#drop(this.#editing.id), "button button--danger");
    p.form = form("panel__form", () => this.#save(), p.title, field("What", p.kind), p.valuesField, p.mostField, p.actionField, p.hits, el("p", "card__acts", submit("Save"), p.cancel, p.drop));
    this.#parts = p;
    p.form.addEventListener("input", () => this.#fit());
    this.#edit(null);
    return p.form;
  }

  /** Shows the fields that this kind has, and asks what the rule would have caught. */
  #fit() {
    const p = this.#parts;
    const { values, most } = KINDS[p.kind.value];
    [p.valuesField.hidden, p.mostField.hidden, p.actionField.hidden] = [!values, !most, p.kind.value === "allow"];
    setText(p.valuesField.firstElementChild, values ?? "");
    setText(p.mostField.firstElementChild, most ?? "");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), PAUSE);
  }

  async #try() {
    const turn = (this.#asked += 1);
    const rule = this.#rule();
    const { values, most } = KINDS[rule.kind];
    const empty = (values && !rule.values.length) || (most && rule.most === null && rule.kind !== "link");
    const words = empty ? "" : await this.#commands.preview({ ...rule, id: "preview" }).then(hitsWords, (error) => error.message);
    if (turn === this.#asked) setText(this.#parts.hits, words);
  }

  #rule() {
    const { kind, values, most, action } = this.#parts;
    return ruleOf({ id: this.#editing?.id ?? newId(kind.value), kind: kind.value, action: action.value, values: values.value, most: most.value, note: this.#editing?.note });
  }

  #edit(rule) {
    const p = this.#parts;
    this.#editing = rule;
    [p.kind.value, p.values.value, p.most.value, p.action.value] = [rule?.kind ?? "word", rule?.values?.join("\n") ?? "", rule?.most ?? "", rule?.action ?? "hold"];
    setText(p.title, rule ? "Change the rule" : "Add a rule");
    setText(p.hits, "");
    p.cancel.hidden = p.drop.hidden = !rule;
    this.#fit();
    if (rule) p.kind.focus();
  }

  async #save() {
    if (await this.#put(this.#rule())) this.#edit(null);
    return false;
  }

  async #put(rule) {
    const done = await this.#acts.try(() => this.#commands.putRule(rule), ({ log }) => this.#acts.did(`Rule saved: ${ruleWords(rule)}`, [log]));
    this.#news.readSet();
    return done;
  }

  async #drop(id) {
    if (await this.#acts.try(() => this.#commands.dropRule(id), ({ log }) => this.#acts.did("Rule removed", [log]))) this.#edit(null);
    this.#news.readSet();
  }

  async #import(file) {
    if (!file.files.length) return;
    await this.#acts.try(() => this.#commands.importRules(file.files[0]), ({ log, rules }) => this.#acts.did(`${rules} ${rules === 1 ? "rule" : "rules"} taken in`, [log]));
    file.value = "";
    this.#news.readSet();
  }
}
