/* Questions before acts: [data-confirm] on a form or button, and the reason panel of a step (<details>, works without us). */
import { each, typing } from "./page.js";

const agreed = new WeakSet();

const named = (button) => {
  const copy = button?.cloneNode(true);
  copy?.querySelectorAll("kbd, svg").forEach((node) => node.remove());
  return copy?.textContent.trim() || "确定";
};

const build = (text, label) => {
  const box = document.createElement("dialog");
  box.className = "confirm";
  box.setAttribute("aria-label", "请确认");
  const line = document.createElement("p");
  line.textContent = text;
  const row = document.createElement("div");
  row.className = "row";
  const back = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "返回" });
  const go = Object.assign(document.createElement("button"), { type: "button", className: "btn pri", textContent: label });
  row.append(back, go);
  box.append(line, row);
  document.body.append(box);
  return { box, back, go };
};

const ask = (text, label) => new Promise((resolve) => {
  if (typeof HTMLDialogElement === "undefined") { resolve(window.confirm(text)); return; }
  const { box, back, go } = build(text, label);
  const end = (answer) => { box.close(); box.remove(); resolve(answer); };
  back.addEventListener("click", () => end(false));
  go.addEventListener("click", () => end(true));
  box.addEventListener("cancel", (event) => { event.preventDefault(); end(false); });
  box.showModal();
  back.focus();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const sender = event.submitter;
  const text = sender?.dataset.confirm || form.dataset.confirm;
  if (!text || agreed.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(text, named(sender)))) { sender?.focus(); return; }
  agreed.add(form);
  if (form.requestSubmit) form.requestSubmit(sender); else form.submit();
  setTimeout(() => agreed.delete(form), 0);
}, true);

each("details.ask", (panel) => {
  const reason = panel.querySelector("textarea");
  panel.addEventListener("toggle", () => { if (panel.open && reason) reason.focus(); });
  panel.addEventListener("keydown", (event) => {
    if (typing(event)) return;
    if (event.key === "Escape") { panel.open = false; panel.querySelector("summary").focus(); }
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); panel.querySelector("button[type=submit]").click(); }
  });
  panel.querySelectorAll("[data-phrase]").forEach((button) => button.addEventListener("click", () => {
    reason.value = button.dataset.phrase;
    reason.focus();
  }));
});

/* Two presses of one button are one act; the key in the form says the same to the server. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || event.target.target === "_blank") return;
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
