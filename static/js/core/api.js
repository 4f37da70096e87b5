// Commands and questions to the service: JSON over HTTP, same origin, errors fit to be shown.

const TIMEOUT = 10_000;

/** What the service refused, or that it could not be reached (code "unreachable", status 0). `message` and `hint` are for people. */
export class ApiError extends Error {
  constructor({ code, message, hint = "", status = 0 }) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { code, hint, status });
  }
}

const unreachable = (cause) => Object.assign(
  new ApiError({ code: "unreachable", message: "The service cannot be reached.", hint: "Check the network; it goes on by itself." }),
  { cause });

async function failure(response) {
  const said = await response.json().catch(() => ({}));
  return new ApiError({
    code: said.code ?? "failed", status: response.status, hint: said.hint ?? "",
    message: said.message ?? `The service answered ${response.status}.`,
  });
}

async function call(method, path, body, timeout = TIMEOUT) {
  const options = { method, credentials: "same-origin", headers: {}, signal: AbortSignal.timeout(timeout) };
  if (body instanceof Blob) {
    options.body = body;
    if (body.type) options.headers["content-type"] = body.type;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  const response = await fetch(`/api/v1${path}`, options).catch((cause) => { throw unreachable(cause); });
  if (!response.ok) throw await failure(response);
  return response.status === 204 ? null : response.json();
}

/** `path` is below /api/v1, `body` something for JSON or a file, `timeout` in milliseconds (10 s unless given). Resolves with the parsed answer (null when there is none) or rejects with an ApiError. */
export const get = (path) => call("GET", path);
export const post = (path, body = {}, { timeout } = {}) => call("POST", path, body, timeout);
export const put = (path, body) => call("PUT", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const del = (path) => call("DELETE", path);
