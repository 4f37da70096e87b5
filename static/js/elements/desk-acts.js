// What the keys and buttons of the desk do with posts: one or many, and how it is taken back. No DOM.

import { statusOf } from "./desk-decisions.js";
import { joined, lastOf } from "./desk-log-words.js";
import { isShared, tabOf } from "./desk-view.js";

const DONE = { hide: "hidden", show: "shown", later: "put off" };
const number = new Intl.NumberFormat("en");
export const posts = (count) => (count === 1 ? "1 post" : `${number.format(count)} posts`);

/** Whether a post stands apart from its copies, as last decided. */
export const isApart = (post, mark) => mark?.verb === "apart" || Boolean(post?.apart && mark?.verb !== "together");
/** Whether a post is pinned, as last decided. */
export const isPinned = (post, mark) => mark?.verb === "pin" || Boolean(post?.pinned && mark?.verb !== "unpin");

/**
 * `commands` reach the service, `browse` knows what is selected, `say(sentence, options)` tells the moderator, `moved(id)` shows the post
 * that is selected now, `redraw()` draws, `settled()` is called when the service has done something. `lines` are those of the service's
 * log, newest first; `me` is the moderator's name in it; `signIn()` is for a session that has ended.
 */
export class Acts {
  lines = []; me = ""; own = [];
  #bulk = new Map(); #at = -1;

  constructor({ commands, decisions, browse, say, moved, redraw, settled, signIn }) {
    Object.assign(this, { commands, decisions, browse, say, moved, redraw, settled, signIn });
  }

  /** The crew socket is at `seq`: what was done by then is to be seen in the posts themselves. */
  reached(seq) {
    this.#at = seq;
    this.decisions.settle(seq);
    for (const [id, mark] of this.#bulk) if (mark.seq <= seq) this.#bulk.delete(id);
  }

  /** What is on its way, by post. */
  marks() { return this.#bulk.size ? new Map([...this.decisions.marks(), ...this.#bulk]) : this.decisions.marks(); }

  /** Decides on all that are ticked, else on the selected post. */
  act(verb) { return this.browse.ticked.size ? this.many(verb) : this.decide(verb); }

  /** Takes a decision on the selected post and goes on to the next. A key pressed twice does no harm. */
  decide(verb) {
    const { browse, decisions } = this;
    const id = browse.selected;
    const item = browse.item(id);
    const status = statusOf(item, decisions.mark(id));
    if (!item || (verb === "hide" && status === "hidden") || (verb === "show" && status === "approved")) return;
    const goesOn = ["hide", "show", "later", "block"].includes(verb);
    const next = goesOn ? browse.after() : id;
    decisions.decide(id, verb, status);
    if (goesOn && next !== id) this.moved(next);
    else this.redraw();
  }

  later() {
    const item = this.browse.item(this.browse.selected);
    if (this.browse.ticked.size) return this.many("later");
    if (item && tabOf(item) === "pending") this.decide(this.browse.isLater(item) ? "now" : "later");
    return undefined;
  }

  pin() {
    const id = this.browse.selected;
    this.decide(isPinned(this.browse.item(id), this.decisions.mark(id)) ? "unpin" : "pin");
  }

  /** Sets one of several posts of a note apart from the others, or puts it back. */
  tie() {
    const id = this.browse.selected;
    const item = this.browse.item(id);
    if (item && isShared(item)) this.decide(isApart(item, this.decisions.mark(id)) ? "together" : "apart");
  }

  /** Everything ticked at once. What could not be sent stays ticked. */
  async many(verb) {
    const ids = [...this.browse.ticked];
    const state = { verb, state: "sending" };
    ids.forEach((id) => this.#bulk.set(id, state));
    this.browse.untick();
    if (ids.includes(this.browse.selected)) this.moved(this.browse.after());
    this.redraw();
    const [left, logs] = [new Set(ids), []];
    let seq = null;
    try {
      await this.commands.bulk(verb, ids, (part, answer) => {
        part.forEach((id) => { left.delete(id); this.#bulk.set(id, { verb, state: "sent", seq: answer.seq }); });
        logs.push(answer.log);
        ({ seq } = answer);
      });
    } catch (error) {
      left.forEach((id) => { this.browse.ticked.add(id); this.#bulk.delete(id); });
      this.refuse(error);
    }
    this.reached(this.#at);
    if (left.size < ids.length) this.did(`${posts(ids.length - left.size)} ${DONE[verb]}`, logs, seq);
    this.settled();
  }

  async spotlight(spot) {
    const id = this.browse.selected;
    const item = this.browse.item(id);
    if (!item) return;
    const lit = spot?.id === id;
    await this.try(() => (lit ? this.commands.endSpotlight(id) : this.commands.spotlight(id)), () => this.did(lit ? "The spotlight has ended" : `In the spotlight: ${item.author.name.text}`));
  }

  /** Adds a rule for a word or a server; everything that it catches leaves the wall. */
  block(id, what) {
    const said = what.word ? `Blocked the word “${what.word}”` : `Blocked ${what.domain}`;
    return this.try(() => this.commands.block(id, what), ({ changed, log, seq }) => this.did(`${said}: ${posts(Number(changed))} changed`, [log], seq));
  }

  /** Runs a command; what is refused is said in words. True when it was done. */
  async try(command, done = () => {}) {
    try {
      done(await command());
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    } finally {
      this.settled();
    }
  }

  refuse(error) {
    if (error.status === 401) return this.signIn();
    return this.say(`${error.message} ${error.hint ?? ""}`.trim(), { stays: error.status === 409 });
  }

  /** Notes something of one's own that is no decision on one post; with lines of the log it can be taken back. */
  did(words, logs = [], seq = null) {
    this.own.push({ words, logs: logs.filter(Boolean), seq, at: Date.now(), undone: false });
    this.redraw();
  }

  /** What was done last, to be told: `{entry}` or `{own}`; null when nothing was, on this page. */
  latest() {
    const [entry, own] = [this.decisions.log[0] ?? null, this.own.at(-1) ?? null];
    if (entry && entry.at >= (own?.at ?? 0)) return { entry };
    return own && { own };
  }

  /** One's own last deed that can be taken back: `{entry}`, `{own}` or `{line}`; null when there is none. */
  last() {
    const entry = this.decisions.last;
    if (entry && !entry.log && entry.state !== "done") return { entry };
    const own = this.own.findLast(({ undone, logs }) => !undone && logs.length) ?? null;
    const behind = this.#takenBack();
    const line = lastOf(joined(this.lines).filter(({ id }) => !behind.has(id)), this.me);
    const found = [[entry?.log ?? 0, { entry }], [own?.logs.at(-1) ?? 0, { own }], [line?.id ?? 0, { line }]];
    const [number_, last] = found.reduce((best, one) => (one[0] > best[0] ? one : best));
    return number_ ? last : null;
  }

  /** Lines that were taken back here, which the log as it was read last may not tell yet. */
  #takenBack() {
    const entries = this.decisions.log.filter(({ log, undone }) => log && undone).map(({ log }) => log);
    return new Set([...entries, ...this.own.filter(({ undone }) => undone).flatMap(({ logs }) => logs)]);
  }

  undo() {
    const last = this.last();
    if (!last) return this.say("There is nothing to undo.");
    if (last.entry) return this.takeBack(last.entry);
    if (last.own) return this.#undoOwn(last.own);
    return this.undoLine(last.line);
  }

  /** Takes a decision on one post back, and goes to that post. */
  takeBack(entry) {
    this.decisions.undo(entry);
    if (this.browse.item(entry.id)) this.moved(entry.id);
    else this.redraw();
  }

  undoLine(line) {
    const entry = this.decisions.log.find(({ log, undone }) => log === line.id && !undone);
    if (entry) return this.takeBack(entry);
    return this.try(() => this.commands.undo(line.id), () => this.did("Taken back"));
  }

  #undoOwn(own) {
    own.undone = true;
    return this.try(async () => { for (const line of own.logs.toReversed()) await this.commands.undo(line); }, () => this.did(`Taken back: ${own.words}`))
      .then((done) => { own.undone = done; });
  }

  /** The service's log: what somebody else took back is not offered again. */
  learn(lines) {
    this.lines = lines;
    const undone = new Set(lines.filter((line) => line.undone).map(({ id }) => id));
    this.decisions.learn(undone);
    for (const own of this.own) if (own.logs.some((line) => undone.has(line))) own.undone = true;
  }
}
