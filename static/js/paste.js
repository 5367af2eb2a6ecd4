/* [data-paste]: a table copied in Excel or WPS is taken as html and as text into two hidden fields, then the check page opens.
   Nothing is read except what the person pastes here. */
import { announce } from "./page.js";

const fill = (form, name, text) => {
  const field = form.elements.namedItem(name);
  if (field) field.value = text;
};

document.addEventListener("paste", (event) => {
  const area = event.target instanceof Element && event.target.closest("[data-paste]");
  if (!area || !event.clipboardData) return;
  const form = area.closest("form");
  const text = event.clipboardData.getData("text/plain");
  const html = event.clipboardData.getData("text/html");
  if (!form || !text.trim()) return;
  event.preventDefault();
  area.value = text;
  fill(form, "pasted_html", html);
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/).length;
  announce(`已读入 ${lines} 行，正在核对`);
  if (form.requestSubmit) form.requestSubmit(); else form.submit();
});

/* A button that reads the clipboard by itself, where the browser allows it (https or this machine). */
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-paste-button]");
  if (!button) return;
  const form = button.closest("form");
  const area = form && form.querySelector("[data-paste]");
  if (!area) return;
  area.focus();
  if (!navigator.clipboard || !navigator.clipboard.read) { announce("请在框内按 Ctrl+V 粘贴"); return; }
  let items;
  try {
    items = await navigator.clipboard.read();
  } catch (error) {
    announce("浏览器未允许读取剪贴板，请在框内按 Ctrl+V 粘贴");
    return;
  }
  const read = async (type) => {
    const item = items.find((one) => one.types.includes(type));
    return item ? (await item.getType(type)).text() : "";
  };
  const text = await read("text/plain");
  if (!text.trim()) { announce("剪贴板里没有表格"); return; }
  area.value = text;
  fill(form, "pasted_html", await read("text/html"));
  if (form.requestSubmit) form.requestSubmit(); else form.submit();
});
