/* What several behaviours share: token, quiet announcements, keys that belong to the input method. */
export const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

export const uuid = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

export const typing = (event) => event.isComposing || event.keyCode === 229;

export const inField = (target) =>
  target instanceof Element && Boolean(target.closest("input, textarea, select, [contenteditable], dialog, [role=textbox]"));

export const clock = (moment = new Date()) =>
  `${String(moment.getHours()).padStart(2, "0")}:${String(moment.getMinutes()).padStart(2, "0")}`;

export const announce = (text) => {
  const region = document.getElementById("live");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
};

/* Runs `start` on every match, now and after each swap by htmx. */
export const each = (selector, start) => {
  const seen = new WeakSet();
  const scan = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.unshift(root);
    found.filter((node) => !seen.has(node)).forEach((node) => { seen.add(node); start(node); });
  };
  scan(document);
  document.addEventListener("htmx:load", (event) => scan(event.target));
};
