// What the page says about itself. Everything is looked up anew: parts of the page come and go.
export const timeline = () => document.getElementById("timeline");
export const thread = () => document.getElementById("thread-posts");
export const memberId = () => document.body.dataset.member || "";
export const signedIn = () => memberId() !== "";

export function block(name, within = document) {
  const found = within.getElementById ? within.getElementById(name) : within.querySelector(`#${name}`);
  if (!found) return null;
  try {
    return JSON.parse(found.textContent);
  } catch {
    return null;
  }
}

export function inTimeZoneOfJapan(options) {
  return new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", ...options });
}

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
