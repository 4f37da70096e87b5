// Plain text and its spans as DOM nodes; no markup is ever parsed.

const RIGHT_TO_LEFT = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u;

/** The address when it is http or https, else null. */
export function safeHref(href) {
  if (!href || !URL.canParse(href)) return null;
  return /^https?:$/.test(new URL(href).protocol) ? href : null;
}

/**
 * Cuts a text into pieces `{kind, text, href?, src?}`, kind being "text" or a span's kind. Offsets are code points.
 * Spans that overlap, run backwards or leave the text are passed over.
 */
export function pieces(text, spans = []) {
  const points = Array.from(text ?? "");
  const out = [];
  let at = 0;
  const plain = (end) => { if (end > at) out.push({ kind: "text", text: points.slice(at, end).join("") }); };
  for (const span of [...(spans ?? [])].sort((a, b) => a.start - b.start)) {
    if (span.start < at || span.end <= span.start || span.end > points.length) continue;
    plain(span.start);
    const { start, end, ...rest } = span;
    out.push({ ...rest, text: points.slice(start, end).join("") });
    at = end;
  }
  plain(points.length);
  return out;
}

/** Which way a hashtag or address runs: its own script decides, so that the # stays where people write it. */
export const direction = (text) => (RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr");

/** A picture in place of its code; the code itself when the picture cannot be had. Sized by CSS, 20 × 20 before. */
function emojiNode({ src, text }) {
  const img = document.createElement("img");
  img.className = "emoji";
  img.width = img.height = 20;
  img.alt = text;
  img.draggable = false;
  img.addEventListener("error", () => img.replaceWith(text), { once: true });
  img.src = src;
  return img;
}

function isolated(piece) {
  const bdi = document.createElement("bdi");
  bdi.dir = direction(piece.text);
  bdi.className = piece.kind;
  bdi.textContent = piece.text;
  return bdi;
}

function linked(piece, href) {
  const a = document.createElement("a");
  a.href = href;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  a.append(isolated(piece));
  return a;
}

function node(piece, links) {
  if (piece.kind === "emoji" && piece.src) return emojiNode(piece);
  if (!["link", "hashtag", "mention"].includes(piece.kind)) return document.createTextNode(piece.text);
  const href = links ? safeHref(piece.href) : null;
  return href ? linked(piece, href) : isolated(piece);
}

/** The nodes of pieces, in order. Without `links`, links become plain isolated text (a wall cannot be clicked). */
export function piecesToNodes(list, { links = true } = {}) {
  const fragment = document.createDocumentFragment();
  for (const piece of list) fragment.append(node(piece, links));
  return fragment;
}

/** `text` and `spans` (docs/protocol.md) as a DocumentFragment. */
export function richText(text, spans, options = {}) {
  return piecesToNodes(pieces(text, spans), options);
}
