// The parts of a post's card that not every post has: pictures, quote, poll, preview of a linked page, who passed it on.

import { networkName } from "../core/networks.js";
import { el, picture } from "./dom.js";
import { pieces, piecesToNodes, richText, safeHref } from "./rich-text.js";

const TALL = 1.1;
const KIND_WORDS = { gifv: "Loop", video: "Video", audio: "Sound", unknown: "Attachment" };
const grouped = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** "none", "tall" (one picture higher than wide) or "wide". */
export function mediaShape(media) {
  const shown = media.filter(({ src }) => src);
  if (!shown.length) return "none";
  const [{ width, height }] = shown;
  return shown.length === 1 && width && height && height / width > TALL ? "tall" : "wide";
}

/** CSS object-position of a focus point (-1..1, y up). */
export function objectPosition(focus) {
  const [x, y] = focus ?? [0, 0];
  return `${(x + 1) * 50}% ${(1 - y) * 50}%`;
}

/** The pieces of "Passed on by Ada, Bo and 3 more"; names at most `most` people. Empty when nobody did. `said`: the network's own word. */
export function passedOnPieces({ count: total, by }, most, said = "Passed on") {
  const named = by.slice(0, most);
  if (!total) return [];
  if (!named.length) return [{ kind: "text", text: `${said} ${total === 1 ? "once" : `${total} times`}` }];
  const rest = Math.max(0, total - named.length);
  const out = [{ kind: "text", text: `${said} by ` }];
  named.forEach(({ name }, index) => {
    if (index) out.push({ kind: "text", text: index === named.length - 1 && !rest ? " and " : ", " });
    out.push({ kind: "name", pieces: pieces(name.text, name.spans) });
  });
  if (rest) out.push({ kind: "text", text: ` and ${rest} more` });
  return out;
}

/** Nodes of `passedOnPieces`: names isolated, so that a name from right to left keeps to itself. */
export function passedOnNodes(passedOn, most, said) {
  return passedOnPieces(passedOn, most, said).map((piece) => {
    if (piece.kind === "text") return document.createTextNode(piece.text);
    return el("bdi", "passed-on__name", piecesToNodes(piece.pieces, { links: false }));
  });
}

/** X wants its name by each post, and a link to the post in place of any other signs. Its logo may be used by its own rules only. */
export function viewOnXNodes(url, links) {
  const href = links ? safeHref(url) : null;
  if (!href) return [el("span", "on-x", "on X")];
  return [Object.assign(el("a", "on-x", "View on X"), { href, target: "_blank", rel: "noopener noreferrer" })];
}

/** Where else the same note is: "Also on Bluesky and Mastodon", as links where a reader can follow them. */
export function alsoNodes(also, links) {
  return also.flatMap(({ network, url, handle }, index) => {
    const href = links ? safeHref(url) : null;
    const name = el(href ? "a" : "span", "also__place", networkName(network));
    if (href) Object.assign(name, { href, target: "_blank", rel: "noopener noreferrer", title: `@${handle}` });
    const before = index === 0 ? "Also on " : index === also.length - 1 ? " and " : ", ";
    return [document.createTextNode(before), name];
  });
}

/** A count as a card has room for it: 1200 becomes "1.2K". */
export const shortCount = (number) => compact.format(number);

const hostOf = (url) => (URL.canParse(url) ? new URL(url).host : "");

function altDetails(alt) {
  return el("details", "alt", el("summary", "alt__button", "ALT"), el("p", "alt__text", alt));
}

function still(medium, sizes) {
  const img = picture(medium.src, medium.alt, medium.width, medium.height, "media__picture");
  img.sizes = sizes;
  img.srcset = `${medium.src}?size=m 800w, ${medium.src}?size=l 1920w`;
  img.style.objectPosition = objectPosition(medium.focus);
  return img;
}

function figure(medium, interactive, sizes) {
  const words = KIND_WORDS[medium.kind];
  const badge = words ? el("span", "media__badge", words) : null;
  const alt = interactive && medium.alt ? altDetails(medium.alt) : null;
  const box = el("figure", "media__item", still(medium, sizes), badge, alt);
  box.addEventListener("unavailable", () => box.remove(), { once: true });
  return box;
}

/** Pictures as figures, at most `most`; media without a still are named in words where a reader can follow them. */
export function mediaNodes(media, { interactive, sizes, most }) {
  const nodes = media.filter(({ src }) => src).slice(0, most).map((medium) => figure(medium, interactive, sizes));
  if (!interactive) return nodes;
  const unseen = media.filter(({ src }) => !src);
  return nodes.concat(unseen.map(({ kind, alt }) => el("p", "media__words", `${KIND_WORDS[kind] ?? "Picture"}${alt ? `: ${alt}` : ""}`)));
}

/** A quoted post: who, and what. */
export function quoteNodes(quote, links) {
  if (!quote) return [];
  const { name } = quote.author;
  const text = el("p", "quote__text", richText(quote.text, quote.spans, { links }));
  text.dir = "auto";
  return [el("bdi", "quote__name", richText(name.text, name.spans, { links: false })), text];
}

function option({ title, votes }, total) {
  const share = votes === null || !total ? null : Math.round((100 * votes) / total);
  const row = el("li", "poll__option", el("span", "poll__title", title), share === null ? null : el("span", "poll__share", `${share} %`));
  row.dir = "auto";
  row.style.setProperty("--share", `${share ?? 0}%`);
  return row;
}

/** A poll's choices with their shares. */
export function pollNodes(poll) {
  if (!poll) return [];
  const state = poll.expired ? "closed" : "open";
  const votes = `${grouped.format(poll.votes)} ${poll.votes === 1 ? "vote" : "votes"}`;
  return [el("ul", "poll__options", ...poll.options.map((choice) => option(choice, poll.votes))), el("p", "poll__votes", `${votes} · ${state}`)];
}

/** The preview of a linked page; a link only where a reader can follow it. */
export function cardNodes(card, links) {
  if (!card?.title) return [];
  const href = links ? safeHref(card.url) : null;
  const words = el("span", "link-card__words", el("bdi", "link-card__title", card.title), el("bdi", "link-card__provider", card.provider || hostOf(card.url)));
  const box = el(href ? "a" : "div", "link-card__box", card.image && picture(`${card.image}?size=s`, "", 160, 160, "link-card__picture"), words);
  if (href) Object.assign(box, { href, target: "_blank", rel: "noopener noreferrer" });
  box.addEventListener("unavailable", (event) => event.target.remove(), { once: true });
  return [box];
}
