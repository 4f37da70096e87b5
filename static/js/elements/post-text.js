// How much of a post's text a wall shows: what everybody in the room already knows is left out.

import { pieces } from "./rich-text.js";

const SENTENCE_END = /[\p{P}\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f\n]\s*$/u;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/gu;
const EMOJI_ONLY = /^(?:\p{RGI_Emoji}|\s)+$/v;
const LINK_SHOWN = 28;

const isBlank = (piece) => piece.kind === "text" && piece.text.trim() === "";

/** The pieces without the hashtags that only file the post: a run at the end, after a sentence or of two or more. */
export function withoutTrailingTags(list) {
  let end = list.length;
  let tags = 0;
  while (end > 0 && (list[end - 1].kind === "hashtag" || isBlank(list[end - 1]))) {
    end -= 1;
    if (list[end].kind === "hashtag") tags += 1;
  }
  const last = list[end - 1];
  if (!tags || !last) return list;
  const closed = last.kind !== "text" || SENTENCE_END.test(last.text);
  return tags > 1 || closed ? list.slice(0, end) : list;
}

function withoutTrailingLink(list, href) {
  const last = list.findLastIndex((piece) => !isBlank(piece));
  const isCard = last > 0 && list[last].kind === "link" && list[last].href === href;
  return isCard ? list.slice(0, last) : list;
}

function shortLink(text) {
  const bare = text.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
  return bare.length > LINK_SHOWN ? `${bare.slice(0, LINK_SHOWN - 1)}…` : bare;
}

function tightened(piece, index, list) {
  if (piece.kind === "link") return { ...piece, text: shortLink(piece.text) };
  if (piece.kind !== "text") return piece;
  const text = piece.text.replace(/\s*\n\s*/g, "\n");
  return { ...piece, text: index === list.length - 1 ? text.trimEnd() : text };
}

/** The pieces of a post as a wall shows them. */
export function wallPieces(item) {
  let list = withoutTrailingTags(pieces(item.text, item.spans));
  if (item.card) list = withoutTrailingLink(list, item.card.url);
  return withoutTrailingTags(list).map(tightened);
}

/** Characters as the eye counts them: a CJK glyph is two, a custom emoji two. */
export function weight(list) {
  let sum = 0;
  for (const { kind, text } of list) {
    sum += kind === "emoji" ? 2 : Array.from(text).length + (text.match(CJK)?.length ?? 0);
  }
  return sum;
}

/** "emoji", "short", "normal" or "long": the type size of a text on a wall (60 and 220 characters are the steps). */
export function lengthClass(list) {
  const shown = list.filter((piece) => !isBlank(piece));
  const isEmoji = (piece) => piece.kind === "emoji" || (piece.kind === "text" && EMOJI_ONLY.test(piece.text));
  const size = weight(shown);
  if (shown.length && size <= 12 && shown.every(isEmoji)) return "emoji";
  if (size <= 60) return "short";
  return size > 220 ? "long" : "normal";
}
