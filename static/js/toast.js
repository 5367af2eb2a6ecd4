/* A toast leaves after ten seconds, waits while it is pointed at or focused, and carries its 撤销 as a real form. */
import { announce, each } from "./page.js";

const LIFE = 10000;

const start = (toast) => {
  let timer = 0;
  const leave = () => toast.remove();
  const wait = () => { clearTimeout(timer); timer = setTimeout(leave, LIFE); };
  toast.addEventListener("mouseenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("mouseleave", wait);
  toast.addEventListener("focusout", wait);
  toast.querySelector("[data-close]")?.addEventListener("click", leave);
  if (!toast.hasAttribute("data-stay")) wait();
};

each(".toast", start);

export const toast = (text, tone = "") => {
  const stack = document.querySelector(".toasts");
  if (!stack) return;
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  const line = document.createElement("p");
  line.textContent = text;
  box.append(line);
  stack.append(box);
  start(box);
  announce(text);
};
