/* Each field with data-save-url is saved by itself: 未保存, 保存中, 已保存 HH:MM, 有误. Without a network the page keeps what
   was typed, says so, asks again and sends once (the same Idempotency-Key until it was answered). */
import { announce, clock, each, token, uuid } from "./page.js";

const PAUSE = 800;
const RETRY = 5000;
const waiting = new Set();
const states = new WeakMap();

const part = (input, name) => document.getElementById(`${input.id}_${name}`);
const holder = (input) => input.closest(".q") || input.parentElement;
const reasonOf = (input) => part(input, "reason");

const say = (input, state, text) => {
  const place = part(input, "state");
  if (place) {
    place.dataset.state = state;
    place.textContent = text;
  }
  holder(input)?.classList.toggle("unsaved", state === "unsaved" || state === "saving");
  holder(input)?.classList.toggle("bad", state === "bad");
  if (state === "bad") input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  tell();
};

/* The one word at the head of the page: what the whole page owes. */
const tell = () => {
  const head = document.querySelector("[data-save-all]");
  if (!head) return;
  const bad = document.querySelectorAll('.state[data-state="bad"]').length;
  head.textContent = waiting.size ? `未保存 ${waiting.size} 项` : bad ? `${bad} 处有误` : head.dataset.saved || head.textContent;
  head.className = `tag ${waiting.size ? "amber" : bad ? "red" : "green"}`;
};

const banner = (on) => {
  const bar = document.getElementById("offline");
  if (!bar || bar.hidden === !on) return;
  bar.hidden = !on;
  if (on) announce(bar.textContent);
};

const body = (input) => {
  const form = new URLSearchParams();
  form.set("name", input.name);
  form.set("value", input.type === "checkbox" ? (input.checked ? "1" : "") : input.value);
  form.set("version", input.dataset.version || "");
  const reason = reasonOf(input);
  if (reason) form.set("reason", reason.value);
  return form;
};

const stateOf = (input) => {
  if (!states.has(input)) states.set(input, { timer: 0, busy: false, done: Promise.resolve(), key: "", sent: "" });
  return states.get(input);
};

const post = (input, state, keepalive) => {
  const form = body(input);
  const content = form.toString();
  if (state.sent !== content) { state.key = uuid(); state.sent = content; }
  return fetch(input.dataset.saveUrl, {
    method: "POST",
    body: form,
    keepalive,
    credentials: "same-origin",
    headers: { "X-CSRFToken": token(), Accept: "application/json", "Idempotency-Key": state.key },
  });
};

const showHint = (input, answer) => {
  const hint = part(input, "hint");
  if (hint) {
    hint.hidden = !answer.hint;
    const text = hint.querySelector("[data-hint-text]");
    if (text) text.textContent = answer.hint || "";
  }
  holder(input)?.classList.toggle("soft", Boolean(answer.hint) && !answer.error);
};

const showChange = (input, answer) => {
  const change = part(input, "change");
  if (change && "change_text" in answer) change.textContent = answer.change_text;
  const used = part(input, "used");
  if (used && answer.used_in) used.textContent = `用于 ${answer.used_in} 张表`;
};

const accept = (input, answer) => {
  if (answer.version !== undefined) input.dataset.version = answer.version;
  showHint(input, answer);
  showChange(input, answer);
  if (answer.error) { say(input, "bad", answer.error); announce(answer.error); return; }
  holder(input)?.classList.remove("carried");
  holder(input)?.classList.add("typed");
  const at = answer.saved_at && /T/.test(answer.saved_at) ? clock(new Date(answer.saved_at)) : answer.saved_at || clock();
  const read = answer.shown && answer.shown !== input.value ? `，读作 ${answer.shown}` : "";
  const head = document.querySelector("[data-save-all]");
  if (head) head.dataset.saved = `已保存 ${at}`;
  say(input, "saved", `已保存 ${at}${read}${answer.used_in ? ` · 用于 ${answer.used_in} 张表` : ""}`);
  document.dispatchEvent(new CustomEvent("value:saved", { detail: { input, answer } }));
};

/* A refusal of the server is final for this text; only silence and 5xx are asked again. */
const refuse = async (input, response) => {
  const answer = await response.json().catch(() => ({}));
  if (response.status === 409 && answer.current !== undefined) {
    if (answer.version !== undefined) input.dataset.version = answer.version;
    say(input, "bad", `他人已改为 ${answer.current}，您填的是 ${input.value}。再次修改即以您的为准。`);
  } else if (response.status === 401 || (response.status === 403 && answer.code !== "not_allowed")) {
    say(input, "bad", "登录已过期，内容还在本页。请在新窗口登录后回到本页再改一次。");
  } else {
    showHint(input, answer);
    say(input, "bad", answer.error || answer.detail || "没有保存，请核对后重试。");
  }
  announce(part(input, "state")?.textContent || "没有保存");
};

const later = (input, state) => {
  banner(true);
  say(input, "unsaved", "未保存，网络恢复后自动再发");
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(input), RETRY);
};

const send = async (input, state, keepalive) => {
  state.busy = true;
  say(input, "saving", "保存中");
  const typed = body(input).toString();
  let response;
  try {
    response = await post(input, state, keepalive);
  } catch (error) {
    state.busy = false;
    later(input, state);
    return;
  }
  state.busy = false;
  if (response.status >= 500 || response.status === 429) { later(input, state); return; }
  banner(false);
  const changed = body(input).toString() !== typed;
  if (!changed) waiting.delete(input);
  if (response.ok && !response.redirected) accept(input, await response.json()); else await refuse(input, response);
  if (changed) touch(input);
};

/* Resolves when the field is saved, refused or put off; what was typed during a save goes after it. */
const save = (input, keepalive = false) => {
  const state = stateOf(input);
  clearTimeout(state.timer);
  if (!waiting.has(input)) return Promise.resolve();
  if (state.busy && !keepalive) return state.done.then(() => save(input));
  state.done = send(input, state, keepalive);
  return state.done;
};

const touch = (input, pause = PAUSE) => {
  const state = stateOf(input);
  waiting.add(input);
  if (!state.busy) say(input, "unsaved", "未保存");
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(input), pause);
};

const start = (input) => {
  input.addEventListener("input", (event) => { if (!event.isComposing) touch(input); });
  input.addEventListener("compositionend", () => touch(input));
  input.addEventListener("change", () => touch(input, 0));
  input.addEventListener("blur", () => { if (waiting.has(input)) save(input); });
  const reason = reasonOf(input);
  if (reason) {
    reason.addEventListener("change", () => touch(input, 0));
    reason.addEventListener("blur", () => { if (waiting.has(input)) save(input); });
  }
};

each("[data-save-url]", start);

window.addEventListener("online", () => waiting.forEach((input) => save(input)));
window.addEventListener("offline", () => banner(true));
window.addEventListener("beforeunload", (event) => {
  if (waiting.size) { event.preventDefault(); event.returnValue = ""; }
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") waiting.forEach((input) => save(input, true));
});

/* A form that is sent first waits for its fields. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-after-save") || !waiting.size) return;
  event.preventDefault();
  const sender = event.submitter;
  await Promise.all([...waiting].map((input) => save(input)));
  if (waiting.size) { announce("还有内容没有保存，请稍候再提交。"); [...waiting][0].focus(); return; }
  if (form.requestSubmit) form.requestSubmit(sender); else form.submit();
});
