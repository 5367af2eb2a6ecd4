/* data-copy="text" or data-copy-from="id": into the clipboard, with the old way for plain http and old browsers. */
import { toast } from "./toast.js";

const oldWay = (text) => {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
};

const put = async (text) => {
  if (!navigator.clipboard) return oldWay(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    return oldWay(text);
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  const from = document.getElementById(button.dataset.copyFrom || "");
  const text = from ? from.value || from.textContent.trim() : button.dataset.copy;
  const done = await put(text);
  toast(done ? button.dataset.copied || "已复制，可直接粘贴到群里" : "没有复制成功，请选中文字后手工复制", done ? "" : "error");
  button.focus();
});
