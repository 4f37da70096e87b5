// What stands around the posts: the tag, what is on, how many watch, who takes part.

import { clock, nowAndNext } from "../core/time.js";
import { el, picture, setText } from "./dom.js";
import { people, watching } from "./live-view.js";
import { safeHref } from "./rich-text.js";

const FACES = 18;
const byId = (id) => document.getElementById(id);

function show(element, text) {
  setText(element, text);
  element.hidden = text === "";
}

/** The wall's own item: tag and title, in the page and in the window's name. */
export function drawWall(wall) {
  const tag = `#${wall.hashtags[0] ?? wall.slug}`;
  byId("tag").firstElementChild.textContent = tag;
  setText(byId("title"), [wall.title, wall.place].filter(Boolean).join(", "));
  document.title = `${tag} live`;
  drawSay(wall.form_url);
}

/** The ways to the page for writing without an account, where the wall has one. */
function drawSay(url) {
  for (const link of document.querySelectorAll("[data-say]")) if (url) link.href = url;
  for (const part of document.querySelectorAll("#say, [data-say-too]")) part.hidden = !url;
}

const times = ({ starts_at: from, ends_at: until }) =>
  [from, until].filter(Boolean).map((iso) => clock(Date.parse(iso))).join(" to ");

/** "Now in Room 2 until 11:30: Postgres at the edge", or what is next, or nothing. */
export function sessionLine(sessions, nowMs) {
  const { now, next } = nowAndNext(sessions, nowMs);
  const [session] = now.length ? now : next;
  if (!session) return null;
  const room = session.room ? ` in ${session.room}` : "";
  const when = now.length ? (session.ends_at ? ` until ${clock(Date.parse(session.ends_at))}` : "") : ` at ${clock(Date.parse(session.starts_at))}`;
  return { when: `${now.length ? "Now" : "Next"}${room}${when}`, title: session.title };
}

function programmeRow(session, running) {
  const room = [session.room, ...(session.speakers ?? [])].filter(Boolean).join(", ");
  const title = el("bdi", "programme__title", session.title);
  const when = el("p", "programme__when", el("span", running ? "programme__now" : "", running ? "Now" : "Next"), ` ${times(session)}`);
  return el("li", "programme__row", when, title, room && el("p", "programme__room", room));
}

export function drawSessions(sessions, nowMs) {
  const { now, next } = nowAndNext(sessions, nowMs);
  const line = sessionLine(sessions, nowMs);
  byId("session").replaceChildren(...(line ? [el("span", "top__when", line.when), " ", el("bdi", "top__what", line.title)] : []));
  byId("session").hidden = !line;
  byId("programme").hidden = !line;
  byId("programme-list").replaceChildren(...now.map((s) => programmeRow(s, true)), ...next.map((s) => programmeRow(s, false)));
}

export function drawWatching(viewers) {
  show(byId("watching"), watching(viewers));
}

function face({ author, posts }) {
  const words = `${author.name.text}, ${posts} ${posts === 1 ? "post" : "posts"}`;
  const href = safeHref(author.url);
  const letter = el("span", "face__letter", Array.from(author.name.text)[0] ?? "?");
  letter.setAttribute("aria-hidden", "true");
  const img = author.avatar ? picture(`${author.avatar}?size=s`, "", 40, 40, "face__picture") : letter;
  img.addEventListener("unavailable", () => img.replaceWith(letter), { once: true });
  const node = el(href ? "a" : "span", "face", img, el("span", "visually-hidden", words));
  node.title = words;
  if (href) Object.assign(node, { href, target: "_blank", rel: "noopener noreferrer" });
  return el("li", "", node);
}

/** Faces of those who wrote last; drawn again only when they change. */
export function drawPeople(posts) {
  const { count, latest } = people(posts, FACES);
  const list = byId("people-list");
  const key = latest.map(({ author, posts: many }) => `${author.handle} ${many} ${author.avatar}`).join("\n");
  byId("people").hidden = count === 0;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  const rest = count - latest.length;
  list.replaceChildren(...latest.map(face), ...(rest > 0 ? [el("li", "people__more", `and ${rest} more`)] : []));
}

