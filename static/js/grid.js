/* [data-grid]: Enter and ↓ go to the next field as in Excel, ↑ goes back; a column pasted into a field fills downwards after a yes. */
import { announce, typing } from "./page.js";

const FIELDS = "input:not([type=hidden]):not([type=checkbox]):not([disabled]):not([readonly]), select:not([disabled])";

const fields = (grid, input) => {
  const column = input.dataset.column;
  return [...grid.querySelectorAll(FIELDS)].filter((one) => !one.closest("[hidden]") && (!column || one.dataset.column === column));
};

const go = (input, by) => {
  const grid = input.closest("[data-grid]");
  const list = fields(grid, input);
  const next = list[list.indexOf(input) + by];
  if (!next) return false;
  const folded = next.closest("details:not([open])");
  if (folded) folded.open = true;
  next.focus();
  if (next.select) next.select();
  return true;
};

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (typing(event) || !(input instanceof HTMLInputElement) || !input.closest("[data-grid]")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || input.list) return;
  const down = event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey);
  const up = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
  if (!down && !up) return;
  event.preventDefault();
  if (!go(input, down ? 1 : -1)) input.blur();
});

document.addEventListener("paste", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.closest("[data-grid]") || !event.clipboardData) return;
  const cells = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "").split(/\r?\n/);
  if (cells.length < 2 || cells.some((cell) => cell.includes("\t"))) return;
  event.preventDefault();
  const list = fields(input.closest("[data-grid]"), input);
  const targets = list.slice(list.indexOf(input), list.indexOf(input) + cells.length);
  if (!window.confirm(`从这一格起向下填入 ${targets.length} 个数（共复制了 ${cells.length} 个）。确认填入吗？`)) return;
  targets.forEach((target, place) => {
    target.value = cells[place].trim();
    target.dispatchEvent(new Event("change", { bubbles: true }));
  });
  announce(`已填入 ${targets.length} 个数`);
});

/* 「下一项」: the next field that wants a look, in the order of the page. */
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-next]");
  if (!button) return;
  const list = [...document.querySelectorAll(button.dataset.next || ".q.bad .box, .q.soft .box, .q[data-check] .box")];
  const here = list.indexOf(document.activeElement);
  const next = list[here + 1] || list[0];
  if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "center" }); }
});
