// The photo of a post: shown, and made small in the browser, so that little goes over the Wi-Fi and no place or camera with it.

/** Pixels of the longer side: what the largest size on a wall has. */
const LONGEST = 1920;
const QUALITY = 0.86;

function drawn(bitmap) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A small copy of an image file, upright and without metadata. Rejects when the browser cannot read it. */
export async function small(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const type = file.type === "image/png" ? "image/png" : "image/jpeg";
  const canvas = drawn(bitmap);
  bitmap.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The canvas gave nothing."))), type, QUALITY);
  });
}

/** Watches a file input; `blob` is what is to be sent, null without a photo. */
export class Photo {
  blob = null;
  #parts; #problem; #address = ""; #reading = 0;

  /** `parts`: the elements input, preview, picture, remove and alt; `problem(text)` says what is wrong with the file. */
  constructor(parts, problem) {
    this.#parts = parts;
    this.#problem = problem;
    parts.input.addEventListener("change", () => this.#choose());
    parts.remove.addEventListener("click", () => { this.clear(); parts.input.focus(); });
    this.#show(null);
    if (parts.input.files.length) this.#choose();
  }

  clear() {
    this.#reading += 1;
    this.#parts.input.value = "";
    this.#problem("");
    this.#show(null);
  }

  async #choose() {
    const [file] = this.#parts.input.files;
    const reading = (this.#reading += 1);
    this.#problem("");
    const blob = file ? await small(file).catch((error) => { console.info("The photo cannot be read.", error); return undefined; }) : null;
    if (reading !== this.#reading) return;
    if (blob === undefined) {
      this.clear();
      this.#problem("unreadable");
    } else {
      this.#show(blob);
    }
  }

  #show(blob) {
    URL.revokeObjectURL(this.#address);
    this.blob = blob;
    this.#address = blob ? URL.createObjectURL(blob) : "";
    const { preview, picture, alt } = this.#parts;
    preview.hidden = alt.hidden = !blob;
    if (blob) picture.src = this.#address;
    else picture.removeAttribute("src");
  }
}
