// How large the type must be in a room: the same sum as app/domain/room.py, for a word of advice while somebody types.

const LARGEST = 1.4;

/** The scale that the last row needs, uncut. Both in metres; NaN when one is no length. */
export function neededScale(distance, height) {
  if (!(distance > 0) || !(height > 0)) return NaN;
  return (1080 * distance * Math.tan((20 / 60) * (Math.PI / 180))) / height / 0.73 / 44;
}

/** A sentence about the room. */
export function roomAdvice(distance, height) {
  const scale = neededScale(distance, height);
  if (Number.isNaN(scale)) return "Two lengths in metres, as well as you can guess them.";
  if (scale > LARGEST * 1.25) {
    const reach = Math.floor((distance * LARGEST) / scale);
    return `This picture cannot be read from there: it reaches about ${reach} m. A higher one helps, or a second screen.`;
  }
  if (scale > 1.1) return "Large type: two or three posts at a time.";
  if (scale > 0.8) return "About six posts at a time.";
  return scale > 0.6 ? "About a dozen posts at a time." : "Small type: many posts at a time.";
}
