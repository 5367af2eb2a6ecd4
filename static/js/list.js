/* Lists: pick all, the count beside the bulk buttons, menus that close, and focus on the error summary. */
import { announce, each } from "./page.js";

const count = (form) => {
  const boxes = [...form.querySelectorAll('input[name="pk"]')];
  const picked = boxes.filter((box) => box.checked).length;
  const bar = form.querySelector("[data-bulk]");
  if (!bar) return;
  const place = bar.querySelector("[data-picked]");
  if (place) place.textContent = picked ? `已选 ${picked} 项` : "未选择";
  bar.querySelectorAll("button").forEach((button) => { button.disabled = picked === 0; });
  const all = form.querySelector("[data-pick-all]");
  if (all) { all.checked = picked > 0 && picked === boxes.length; all.indeterminate = picked > 0 && picked < boxes.length; }
};

each("form[data-list]", (form) => {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      form.querySelectorAll('input[name="pk"]').forEach((box) => { box.checked = event.target.checked; });
    }
    count(form);
  });
  count(form);
});

each("[data-autofocus]", (node) => { if (!document.body.contains(document.activeElement) || document.activeElement === document.body) node.focus(); });

document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const printer = event.target instanceof Element && event.target.closest("[data-print]");
  if (printer) window.print();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
document.addEventListener("htmx:afterSwap", (event) => {
  document.querySelectorAll("form[data-list]").forEach(count);
  const total = event.target instanceof Element && event.target.querySelector("[data-total]");
  if (total) announce(total.textContent.trim());
});
document.addEventListener("htmx:sendError", () => announce("网络断开，列表保持不变，请稍后重试。"));
