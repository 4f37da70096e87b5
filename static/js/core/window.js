// What a client keeps of a wall: one pure function from a state and a frame to the next state (docs/protocol.md).

/** Newest posts that stay; docs/protocol.md "The window". */
export const WINDOW = 500;

const KINDS = new Set(["wall", "post", "session", "notice"]);

/** @returns {{epoch: ?string, seq: number, tip: number, items: Map<string, object>}} the state before any frame; seq -1 stands for "nowhere". */
export function emptyState() {
  return { epoch: null, seq: -1, tip: 0, items: new Map() };
}

function keeps(item, tip) {
  if (item.kind !== "post" || item.pinned || item.status === "pending") return true;
  return item.no > tip - WINDOW;
}

function trim(items, tip) {
  for (const [id, item] of items) {
    if (!keeps(item, tip)) items.delete(id);
  }
}

function merge(items, frameItems) {
  for (const item of frameItems) {
    if (item.gone) items.delete(item.id);
    else if (KINDS.has(item.kind)) items.set(item.id, item);
  }
}

function advance(state, frame, epoch, items) {
  merge(items, frame.items);
  trim(items, frame.tip);
  const changed = frame.items.map((item) => item.id).filter((id) => items.has(id));
  const gone = [...state.items.keys()].filter((id) => !items.has(id));
  return { state: { epoch, seq: frame.seq, tip: frame.tip, items }, changed, gone, ok: true };
}

/**
 * The state after a frame; the given state is left as it was, and is the very same one when nothing changed.
 * Items carry their state of now, so `changes` from before the state's seq apply as well; those up to it are old news.
 * @returns {{state: object, changed: string[], gone: string[], ok: boolean}} `changed`: ids in the new state that the frame
 *   brought; `gone`: ids that were there and left, by word or by window; `ok` is false when something is missing before the frame.
 */
export function applyFrame(state, frame) {
  if (frame.kind === "snapshot") return advance(state, frame, frame.epoch, new Map());
  if (frame.kind !== "changes" || frame.seq <= state.seq) return { state, changed: [], gone: [], ok: true };
  if (frame.from > state.seq) return { state, changed: [], gone: [], ok: false };
  return advance(state, frame, state.epoch, new Map(state.items));
}
