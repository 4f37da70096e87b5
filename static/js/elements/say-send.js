// Sending the form: with progress, which `fetch` does not tell, and with a name by which the service knows a second try.

import { ApiError } from "../core/api.js";

const TIMEOUT = 120_000;

/** A random name for one sending. `crypto.randomUUID` is missing where the house has no https. */
export function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

function said(request) {
  try {
    return JSON.parse(request.responseText);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * Resolves with the post as the service took it. Rejects with an ApiError: code "unreachable" when no answer came.
 * `progress(share)` hears 0 to 1.
 */
export function send(wall, fields, progress) {
  const request = new XMLHttpRequest();
  request.open("POST", `/api/v1/walls/${encodeURIComponent(wall)}/form`);
  request.timeout = TIMEOUT;
  request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
  return new Promise((resolve, reject) => {
    const unreachable = () => reject(new ApiError({ code: "unreachable", message: "" }));
    request.addEventListener("error", unreachable);
    request.addEventListener("timeout", unreachable);
    request.addEventListener("load", () => {
      const answer = said(request);
      if (request.status === 201) resolve(answer);
      else reject(new ApiError({ code: "failed", message: "", ...answer, status: request.status }));
    });
    request.send(fields);
  });
}
