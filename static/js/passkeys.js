// Passkeys: the browser's own ceremony between a form's button and its hidden field. Forms say what they are
// for: data-passkey="create", "use" (second factor, proof of identity) or "login" (without a password).
import { block, make } from "./page.js";

const CANCELLED = "パスキーを確かめられませんでした。もう一度お試しください。";
const IMPOSSIBLE = "このブラウザーかアドレスでは、パスキーを使えません。httpsのアドレスで開いてください。";

function toBytes(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (sign) => sign.charCodeAt(0));
}

function toText(buffer) {
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const known = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));

function optionsOf({ publicKey }, form) {
  const options = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) options.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = known(options.allowCredentials);
  if (form.elements.passwordless) {
    const alone = form.elements.passwordless.checked;
    const wish = { residentKey: alone ? "required" : "discouraged", requireResidentKey: alone };
    options.authenticatorSelection = { ...options.authenticatorSelection, ...wish };
    if (alone) options.authenticatorSelection.userVerification = "required";
  }
  return { publicKey: options };
}

function answerOf(credential) {
  const { id, rawId, type, response, authenticatorAttachment } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  const clientExtensionResults = credential.getClientExtensionResults();
  return { id, rawId: toText(rawId), type, response: parts, authenticatorAttachment, clientExtensionResults };
}

async function optionsFor(form) {
  if (form.dataset.passkey !== "login") return block("passkey-options");
  const response = await fetch(form.action, {
    headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
  });
  return (await response.json()).request_options;
}

async function ceremony(form) {
  const offered = await optionsFor(form);
  const options = optionsOf(offered.creation_options || offered.request_options || offered, form);
  const isNew = form.dataset.passkey === "create";
  return answerOf(await navigator.credentials[isNew ? "create" : "get"](options));
}

async function submitted(event) {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const line = form.querySelector("[data-passkey-error]");
  line.textContent = "";
  try {
    form.elements.credential.value = JSON.stringify(await ceremony(form));
  } catch (error) {
    line.textContent = error.name === "SecurityError" ? IMPOSSIBLE : CANCELLED;
    return;
  }
  const box = document.querySelector('input[type="checkbox"][name="shared"]');
  if (box?.checked) form.append(make("input", { type: "hidden", name: "shared", value: "on" }));
  form.submit();
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (window.PublicKeyCredential) form.hidden = false;
  else if (form.dataset.passkey !== "create") form.hidden = true;
  else form.querySelector("[data-passkey-error]").textContent = IMPOSSIBLE;
}
document.addEventListener("submit", submitted);
