/* One request per word: while an input method composes, nobody hears `input`; when it ends, everybody hears one. */
const composing = (event) => event.isComposing && event.target instanceof Element && event.target.hasAttribute("data-ime");
document.addEventListener("input", (event) => { if (composing(event)) event.stopImmediatePropagation(); }, true);
document.addEventListener("keyup", (event) => { if (composing(event)) event.stopImmediatePropagation(); }, true);
document.addEventListener("compositionend", (event) => {
  const target = event.target;
  if (target instanceof Element && target.hasAttribute("data-ime")) {
    setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })), 0);
  }
}, true);
document.documentElement.classList.add("js");
