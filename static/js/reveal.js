// A button beside each password that shows what was typed (ASVS 6.2.8). Without scripts there is none.
function button(input) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "ky-button";
  made.dataset.kind = "text";
  made.dataset.size = "small";
  made.setAttribute("aria-controls", input.id);
  say(made, false);
  made.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    say(made, shown);
  });
  input.form.addEventListener("submit", () => (input.type = "password"));
  return made;
}

function say(made, shown) {
  made.textContent = shown ? "パスワードを隠す" : "パスワードを表示する";
}

for (const input of document.querySelectorAll('input[type="password"]')) input.after(button(input));
