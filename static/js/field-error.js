// An error beside its field, in the shape the server's pages give it.
import { make } from "./page.js";

export function clearError(field) {
  document.getElementById(`${field.id}_error`)?.remove();
  field.removeAttribute("aria-invalid");
  describe(field, (ids) => ids.filter((id) => id !== `${field.id}_error`));
}

export function showError(field, text, ...more) {
  clearError(field);
  const id = `${field.id}_error`;
  const sentence = make("p", {}, text, ...more);
  field.after(make("div", { class: "ky-field__error", id, role: "alert" }, sentence));
  field.setAttribute("aria-invalid", "true");
  describe(field, (ids) => [...ids, id]);
}

export function describe(field, change) {
  const ids = change((field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
  if (ids.length) field.setAttribute("aria-describedby", [...new Set(ids)].join(" "));
  else field.removeAttribute("aria-describedby");
}
