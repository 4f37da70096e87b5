// How things move on a wall: one transform at a time, and a calm cross-fade where motion is unwanted or too much for the machine.

/** Milliseconds; the easing of entering is the design's. */
export const ENTER = 700;
export const CLOSE = 300;
const EASE = "cubic-bezier(.2,0,0,1)";
const ENOUGH_FPS = 30;
const MEASURED_ARRIVALS = 2;

/** Decides once a day whether this machine and this room get motion: measures the first arrivals, then keeps to it. */
export class Motion {
  #calm; #slow = false; #measured = 0;

  constructor(calm = matchMedia("(prefers-reduced-motion: reduce)")) { this.#calm = calm; }

  /** "slide" or "fade". */
  get kind() { return this.#slow || this.#calm.matches ? "fade" : "slide"; }

  /** Counts the frames of one of the first arrivals; `animation` is the one that runs. */
  async measure(animation) {
    if (this.#measured >= MEASURED_ARRIVALS) return;
    this.#measured += 1;
    let frames = 0;
    const count = () => { frames += 1; if (animation.playState === "running") requestAnimationFrame(count); };
    requestAnimationFrame(count);
    const start = performance.now();
    await ended(animation);
    const seconds = (performance.now() - start) / 1000;
    if (animation.playState === "finished" && !document.hidden && frames / seconds < ENOUGH_FPS) this.#slow = true;
  }
}

/** Resolves when an animation is over, finished or cancelled. */
export const ended = (animation) => animation.finished.then(() => true, () => false);

/** The id of animations that change a place. */
export const SLIDE = "slide";

/** Moves an element from `dy` px away to its place. */
export function slideFrom(element, dy, duration = ENTER) {
  return element.animate([{ transform: `translateY(${dy}px)` }, { transform: "none" }], { id: SLIDE, duration, easing: EASE });
}

/** Moves an element `dy` px down and out of sight, for good. */
export function moveAway(element, dy) {
  const gone = { transform: `translateY(${dy}px)`, opacity: 0 };
  return element.animate([{ transform: "none", opacity: 1 }, gone], { duration: ENTER, easing: EASE, fill: "forwards" });
}

export function fadeIn(element, duration = CLOSE) {
  return element.animate([{ opacity: 0 }, { opacity: 1 }], { duration, easing: "ease-out" });
}

export function fadeOut(element, duration = CLOSE) {
  return element.animate([{ opacity: 1 }, { opacity: 0 }], { duration, easing: "ease-in", fill: "forwards" });
}
