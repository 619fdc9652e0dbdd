// Enter, Escape, Tab and arrows belong to the input method while it composes. Safari ends the composition
// before the key-down arrives and then only the code 229 tells.
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}
