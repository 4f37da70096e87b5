// The set-up page: what is asked becomes one request; then the links for the others are shown.

import { get, post } from "../core/api.js";
import { roomAdvice } from "../core/room.js";
import { el, setText } from "../elements/dom.js";
import { copyFrom, onSend } from "../elements/sheet.js";

const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);
const lines = (id) => byId(id).value.split("\n").map((line) => line.trim()).filter(Boolean);
const metres = (id) => Number(byId(id).value.replace(",", "."));

function advise() {
  setText(byId("room-hint"), roomAdvice(metres("distance"), metres("height")));
}

function room() {
  const asked = { distance_m: metres("distance"), height_m: metres("height") };
  return asked.distance_m > 0 && asked.height_m > 0 ? asked : null;
}

function wall() {
  return {
    title: byId("title").value.trim() || byId("hashtags").value.trim(),
    hashtags: byId("hashtags").value.split(/[\s,]+/).filter(Boolean),
    networks: {
      mastodon: byId("mastodon").checked, bluesky: byId("bluesky").checked, nostr: byId("nostr").checked,
      feeds: lines("feeds"),
    },
    room: room(),
    mode: document.querySelector("[name=mode]:checked").value,
  };
}

/** What the service would say in words of its own is said here in those of the question. */
function check(withWall) {
  const missing = (field, message) => Object.assign(new Error(message), { code: `invalid.${field}` });
  if (withWall && !byId("hashtags").value.trim()) throw missing("hashtags", "A wall needs a hashtag.");
  if (!byId("name").value.trim()) throw missing("name", "Under which name do you sign in?");
}

function inviteRow({ name, link }) {
  const field = el("input", "field__input");
  Object.assign(field, { value: link, readOnly: true, ariaLabel: `The link for ${name}` });
  field.addEventListener("focus", () => field.select());
  const copy = el("button", "button", "Copy");
  copy.type = "button";
  copy.addEventListener("click", () => copyFrom(field, copy));
  return el("li", "row", el("div", "row__who", el("bdi", "row__name", name), el("div", "link", field, copy)));
}

function pageLink(text, href, main = false) {
  const link = el("a", main ? "button button--main" : "button", text);
  link.href = href;
  return link;
}

async function showDone(made) {
  const slug = made.wall ?? (await get("/walls"))[0]?.slug;
  history.replaceState(null, "", location.pathname);
  setText(byId("lead"), "It runs.");
  setText(byId("intro"), made.wall ? "The first posts come within a minute. You are signed in." : "You are signed in.");
  byId("form").hidden = true;
  byId("invites").hidden = made.invites.length === 0;
  byId("invite-list").replaceChildren(...made.invites.map(inviteRow));
  const pages = [["Moderator desk", "desk"], ["The wall", "wall"], ["Attendee view", "live"]];
  byId("pages").replaceChildren(
    ...pages.map(([text, page], at) => pageLink(text, `/${page}/${encodeURIComponent(slug)}`, at === 0)),
    pageLink("The crew", "/crew"));
  byId("done").hidden = false;
  byId("done").focus();
}

function showForm(withWall) {
  for (const id of ["about-wall", "about-mode"]) byId(id).hidden = !withWall;
  if (!withWall) {
    setText(byId("lead"), "Become the owner");
    setText(byId("intro"), "The wall is there already. Say who looks after it.");
    setText(byId("who-title"), "Who moderates");
  }
  for (const id of ["distance", "height"]) byId(id).addEventListener("input", advise);
  advise();
  byId("form").hidden = false;
  onSend(byId("form"), byId("problem"), async () => {
    check(withWall);
    await showDone(await post("/set-up", {
      token, name: byId("name").value, password: byId("password").value,
      wall: withWall ? wall() : null, moderators: lines("moderators"),
    }));
  });
}

async function begin() {
  if (!token) return setText(byId("closed"), "Open the whole link that was printed: the part behind # is missing.");
  try {
    showForm((await get("/set-up")).wall);
  } catch (error) {
    setText(byId("closed"), `${error.message} ${error.hint ?? ""}`.trim());
  }
}

begin();
