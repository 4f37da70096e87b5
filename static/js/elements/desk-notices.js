// The desk's panel of notices: what the crew itself puts on the screens, and from when until when.

import { clock } from "../core/time.js";
import { button, field, form, input, isoTime, localTime, select, submit } from "./desk-form.js";
import { el, setText } from "./dom.js";

const STYLES = [["announcement", "Announcement: large, beside the posts"], ["line", "Line: at the foot of the wall"], ["slide", "Slide: fills the screen now and then"]];
const NAMES = { announcement: "Announcement", line: "Line", slide: "Slide" };
const TITLE_MOST = 80;
const TEXT_MOST = 280;
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** When a notice is on the screens: "on the screens until 14:00", "from Sat 14:00". Pure. */
export function timeWords({ starts_at: starts, ends_at: ends, title, text, image }, nowMs) {
  const [from, until] = [starts ? Date.parse(starts) : -Infinity, ends ? Date.parse(ends) : Infinity];
  if (until <= nowMs) return "over";
  if (!title && !text && !image) return "waits for its picture";
  const end = ends ? ` until ${clock(until)}` : " until you take it away";
  return from > nowMs ? `from ${day.format(from)}${ends ? end : ""}` : `on the screens now,${end}`;
}

export class NoticesPanel {
  #store; #commands; #acts; #now; #list = el("ul", "cards"); #drawn = ""; #parts; #editing = null;

  constructor({ box, commands, acts, store, now }) {
    [this.#store, this.#commands, this.#acts, this.#now] = [store, commands, acts, now];
    box.append(el("h2", "room__title", "Notices"), this.#list, this.#form());
  }

  draw() {
    const notices = this.#store.notices();
    const key = JSON.stringify([notices, Math.floor(this.#now() / 15_000)]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#list.replaceChildren(...(notices.length ? notices.map((notice) => this.#card(notice)) : [el("li", "panel__empty", "Nothing is announced.")]));
  }

  #card(notice) {
    const said = [notice.title, notice.text].filter(Boolean).join(": ") || "Picture";
    const [edit, drop] = [button("Change", () => this.#edit(notice)), button("Take away", () => this.#acts.try(() => this.#commands.dropNotice(notice.id), (answer) => this.#acts.did("Notice taken away", [answer?.log])), "button button--danger")];
    edit.setAttribute("aria-label", `Change: ${said}`);
    drop.setAttribute("aria-label", `Take away: ${said}`);
    const picture = notice.image && Object.assign(el("img", "card__picture"), { src: `${notice.image}?size=s`, alt: "", width: 96, height: 54 });
    return el("li", "card", el("p", "card__head", el("b", "", NAMES[notice.style] ?? "Announcement"), " ", el("span", "card__room", timeWords(notice, this.#now()))), picture, el("p", "card__text", el("bdi", "", said)), el("p", "card__acts", edit, drop));
  }

  #form() {
    const p = { style: select(STYLES, "announcement"), title: input("text", "", { maxLength: TITLE_MOST }), text: Object.assign(el("textarea", "input"), { rows: 3, maxLength: TEXT_MOST }),
      from: input("datetime-local"), until: input("datetime-local"), picture: input("file", "", { accept: "image/*" }), heading: el("h2", "room__title", "Put up a notice") };
    p.pictureField = field("Picture", p.picture, "For a slide: wide, at best 1920 × 1080.");
    p.cancel = button("Cancel", () => this.#edit(null));
    p.form = form("panel__form", () => this.#save(), p.heading, field("As", p.style), field("Title", p.title, "Optional."), field("Text", p.text), p.pictureField,
      field("From", p.from, "Empty: at once."), field("Until", p.until, "Empty: until you take it away."), el("p", "card__acts", submit("Put up"), p.cancel));
    p.style.addEventListener("change", () => this.#fit());
    this.#parts = p;
    this.#edit(null);
    return p.form;
  }

  #fit() { this.#parts.pictureField.hidden = this.#parts.style.value !== "slide"; }

  #edit(notice) {
    const p = this.#parts;
    this.#editing = notice;
    [p.style.value, p.title.value, p.text.value] = [notice?.style ?? "announcement", notice?.title ?? "", notice?.text ?? ""];
    [p.from.value, p.until.value, p.picture.value] = [localTime(notice?.starts_at), localTime(notice?.ends_at), ""];
    setText(p.heading, notice ? "Change the notice" : "Put up a notice");
    p.cancel.hidden = !notice;
    this.#fit();
    if (notice) p.text.focus();
  }

  /** The words first, then the picture: a picture that is refused loses no words. */
  async #save() {
    const { style, title, text, from, until, picture } = this.#parts;
    const notice = { style: style.value, title: title.value.trim(), text: text.value.trim(), starts_at: isoTime(from.value), ends_at: isoTime(until.value) };
    const known = this.#editing?.id;
    const file = style.value === "slide" ? picture.files[0] : undefined;
    const done = await this.#acts.try(async () => {
      const answer = await (known ? this.#commands.putNotice(known, notice) : this.#commands.addNotice(notice));
      this.#acts.did(known ? "Notice changed" : "Notice put up", [answer?.log]);
      if (file) await this.#commands.noticeImage(known ?? answer.id, file);
    });
    if (done) this.#edit(null);
    return false;
  }
}
