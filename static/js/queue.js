/* Keys of a reviewer's queue: ↑↓ move, Enter opens, 1 2 3 are the verdicts, u undoes, / searches. Never inside a field, a
   dialog or an input method; a switch on the page turns them off. Everything also works by mouse. */
import { announce, inField, typing } from "./page.js";

const rows = () => [...document.querySelectorAll("[data-queue] [data-queue-item]")];
const off = () => {
  if (document.documentElement.dataset.keys === "off") return true;
  const choice = document.querySelector("[data-queue-switch]");
  return Boolean(choice && !choice.checked);
};
const opener = (row) => row.querySelector("a[data-open]") || row.querySelector("a[href]");

const move = (by) => {
  const list = rows();
  if (!list.length) return;
  const here = list.findIndex((row) => row.getAttribute("aria-selected") === "true" || row.hasAttribute("aria-current"));
  const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), list.length - 1);
  list.forEach((row, place) => {
    if (place === next) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    row.removeAttribute("aria-selected");
  });
  const link = opener(list[next]);
  if (link) link.focus(); else list[next].scrollIntoView({ block: "nearest" });
  announce(`第 ${next + 1} 件，共 ${list.length} 件`);
};

/* The present row's own button comes first; pages with one verdict for all have it outside the rows. */
const press = (key) => {
  const choice = `[data-key="${key}"]:not([disabled])`;
  const row = rows().find((one) => one.hasAttribute("aria-current") || one.getAttribute("aria-selected") === "true");
  const button = row?.querySelector(choice) || document.querySelector(choice);
  if (!button) return false;
  if (button.getAttribute("aria-disabled") === "true") { announce(button.dataset.why || "不能办理"); return true; }
  button.focus();
  button.click();
  return true;
};

const find = () => {
  const box = document.querySelector("input[type=search], input[data-ime]");
  if (!box) return false;
  box.focus();
  box.select();
  return true;
};

const act = (key) => {
  if (key === "ArrowDown" && rows().length) { move(1); return true; }
  if (key === "ArrowUp" && rows().length) { move(-1); return true; }
  if (key === "/") return find();
  if (key === "u") return press("u");
  if (/^[1-9]$/.test(key)) return press(key);
  return false;
};

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.ctrlKey || event.altKey || event.metaKey || inField(event.target) || off()) return;
  if (!document.querySelector("[data-queue], [data-key]")) return;
  if (act(event.key)) event.preventDefault();
});
