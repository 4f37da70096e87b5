// The page for writing to the wall: what the plain form does, with counting, a preview, progress, and news of one's posts.

import { graphemes } from "../core/graphemes.js";
import { setText } from "../elements/dom.js";
import { Own } from "../elements/say-own.js";
import { Photo } from "../elements/say-photo.js";
import { newName, send } from "../elements/say-send.js";
import { counted, over, WORDS } from "../elements/say-words.js";

const FIELDS = ["text", "photo", "alt", "name"];
const byId = (id) => document.getElementById(id);
const form = byId("form");
const { wall } = form.dataset;
let waitsForNetwork = false;

function problem(field, words) {
  setText(byId(`${field}-problem`), words);
  byId(field)?.setAttribute("aria-invalid", String(words !== ""));
}

function tell(words, tone) {
  byId("news").hidden = false;
  byId("news").dataset.tone = tone;
  setText(byId("news-line"), words);
}

function count() {
  const most = Number(byId("text").dataset.most);
  const many = graphemes(byId("text").value.trim());
  setText(byId("text-count"), many > most ? over(many - most) : counted(many, most));
  byId("text-count").toggleAttribute("data-over", many > most);
  return many <= most;
}

const photo = new Photo(
  { input: byId("photo"), preview: byId("preview"), picture: byId("preview-picture"), remove: byId("photo-remove"), alt: byId("alt-field") },
  (word) => problem("photo", word ? WORDS[word] : ""));
const own = new Own({ wall, section: byId("own"), list: byId("own-list"), row: byId("own-row") });

/** Says at its field what is missing; the first such field, or null. */
function missing() {
  const name = byId("name").value.trim();
  const text = byId("text").value.trim();
  const fits = count();
  problem("text", text || photo.blob ? (fits ? "" : WORDS.long) : WORDS.text);
  problem("name", name ? "" : WORDS.name);
  return FIELDS.find((field) => byId(`${field}-problem`).textContent !== "") ?? null;
}

function fields() {
  const out = new FormData(form);
  out.delete("photo");
  if (photo.blob) out.append("photo", photo.blob, "photo");
  return out;
}

function busy(on) {
  byId("send-button").disabled = on;
  setText(byId("send-button"), on ? WORDS.sending : WORDS.send);
  byId("progress").hidden = !on || !photo.blob;
  byId("progress").value = 0;
}

function refused(error) {
  waitsForNetwork = error.code === "unreachable";
  const field = error.code.split(".")[1];
  const at = FIELDS.includes(field) ? field : "form";
  problem(at, waitsForNetwork ? WORDS.offline : [error.message, error.hint].filter(Boolean).join(" ") || WORDS.failed);
  if (at !== "form") byId(at).focus();
}

function taken(post) {
  byId("text").value = byId("alt").value = "";
  byId("send").value = newName();
  photo.clear();
  count();
  tell(post.state === "gone" ? WORDS.alreadyGone : WORDS.sent, post.state);
  byId("news").focus();
  own.look();
}

async function submit() {
  waitsForNetwork = false;
  problem("form", "");
  const field = missing();
  if (field) return byId(field).focus();
  busy(true);
  try {
    taken(await send(wall, fields(), (share) => { byId("progress").value = Math.round(share * 100); }));
  } catch (error) {
    if (error.name !== "ApiError") throw error;
    refused(error);
  } finally {
    busy(false);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("send-button").disabled) submit();
});
window.addEventListener("online", () => { if (waitsForNetwork && !byId("send-button").disabled) submit(); });
for (const field of ["text", "name", "alt"]) byId(field).addEventListener("input", () => { if (byId(`${field}-problem`).textContent) problem(field, ""); });
byId("text").addEventListener("input", count);
own.addEventListener("news", ({ detail: { state } }) => { if (WORDS[state]) tell(WORDS[state], state); });
own.addEventListener("gone", ({ detail: { post, error } }) => {
  if (error) return tell(error.message, "hidden");
  if (post && !byId("text").value) byId("text").value = post.text;
  count();
  tell(WORDS.takenBack, "hidden");
  byId("news").focus();
});
count();
own.look();
