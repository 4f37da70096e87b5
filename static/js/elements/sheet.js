// What the sheets share: one request at a time, and problems beside the field that they are about.

import { setText } from "./dom.js";

const sentence = (error) => `${error.message} ${error.hint ?? ""}`.trim();

/** Forget what was wrong. */
export function clearProblems(form) {
  for (const line of form.querySelectorAll(".problem")) setText(line, "");
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Say what is wrong: beside the input that the code names (`invalid.password`), else on the line `problem`. */
export function tellProblem(form, error, problem) {
  const name = /^invalid\.(\w+)$/.exec(error.code ?? "")?.[1] ?? "";
  const line = name && form.querySelector(`#${name}-problem`);
  const input = name && form.querySelector(`#${name}`);
  setText(line || problem, sentence(error));
  if (!input) return;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `${name}-problem`);
  input.focus();
}

/** Run `work` when the form is sent, once at a time; its errors are told in the form. */
export function onSend(form, problem, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    clearProblems(form);
    setText(problem, "");
    try {
      await work();
    } catch (error) {
      tellProblem(form, error, problem);
    } finally {
      button.disabled = false;
    }
  });
}

/** Copy a text, and say so on the button for a moment. Where the clipboard is closed (plain http), the field is selected. */
export async function copyFrom(input, button) {
  try {
    await navigator.clipboard.writeText(input.value);
    setText(button, "Copied");
    setTimeout(() => setText(button, "Copy"), 2_000);
  } catch {
    input.select();
  }
}
