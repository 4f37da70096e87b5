// Keys of the attendee view: from post to post as in a feed, and single letters that can be switched off (WCAG 2.1.4).

const KEY = "hallway.letters";

const typing = (target) => target instanceof Element && target.closest("input, textarea, select, dialog") !== null;

/** Whether single letters are keys; on unless the reader has switched them off here. */
export function lettersOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch (error) {
    console.info("This browser keeps nothing for this page.", error);
    return true;
  }
}

export function keepLetters(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch (error) {
    console.info("This browser keeps nothing for this page.", error);
  }
}

/** `does` maps the names of actions to functions (false: the key keeps its own meaning); PageUp and PageDown count only inside the feed. */
export function listen(does, { inFeed }) {
  document.addEventListener("keydown", (event) => {
    const name = actionOf(event, inFeed(event.target));
    if (!name || typing(event.target)) return;
    if (does[name]() !== false) event.preventDefault();
  });
}

const LETTERS = { j: "next", k: "previous", ".": "letIn", r: "reply", b: "boost", "/": "filter", "?": "help" };
const FEED_KEYS = { PageDown: "next", PageUp: "previous", Escape: "leave" };
const EDGES = { Home: "before", End: "after" };

function actionOf(event, inFeed) {
  if (event.altKey || event.metaKey) return null;
  if (event.ctrlKey) return (inFeed && EDGES[event.key]) || null;
  if (inFeed && FEED_KEYS[event.key]) return FEED_KEYS[event.key];
  return (lettersOn() && LETTERS[event.key.toLowerCase()]) || null;
}

/** Moves focus by `step` cards; from nowhere it starts at the first one that can be seen. The top of the card comes into view. */
export function walk(cards, step, sees) {
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const from = at < 0 ? cards.findIndex(sees) - (step > 0 ? 1 : 0) : at;
  const card = cards[Math.min(cards.length - 1, Math.max(0, from + step))];
  if (!card) return false;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: fits(card) ? "nearest" : "start", behavior: "instant" });
  return true;
}

const fits = (card) => card.getBoundingClientRect().height < window.innerHeight * 0.7;
