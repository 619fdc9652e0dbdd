// One sentence across the page's head, for what ends or hinders the whole page.
import { make } from "./page.js";

export function showBanner(key, text, { href = "", label = "", kind = "warning" } = {}) {
  hideBanner(key);
  const banner = make("div", { class: "ky-banner", "data-kind": kind, "data-banner": key, role: "alert" });
  banner.append(make("p", { class: "ky-banner__title" }, text));
  if (href) banner.append(make("p", {}, make("a", { href }, label)));
  (document.getElementById("main") || document.body).prepend(banner);
}

export function hideBanner(key) {
  document.querySelector(`[data-banner="${CSS.escape(key)}"]`)?.remove();
}
