/* Fill page: how many of the fields to look at are done, and how many still want a reason, as fields are saved. */
const tell = (name, text) => document.querySelectorAll(`[data-fill="${name}"]`).forEach((place) => { place.textContent = text; });

const count = () => {
  const all = document.querySelectorAll(".to-check .q").length;
  const done = document.querySelectorAll('.to-check .q .state[data-state="saved"]').length;
  const open = [...document.querySelectorAll(".q.soft .reason .box")].filter((box) => box.value.trim().length < 2).length;
  tell("done", `已核对 ${done} / ${all}`);
  tell("reasons", open ? ` · ${open} 处需说明` : "");
};

document.addEventListener("value:saved", count);
