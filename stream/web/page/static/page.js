// What the page does beyond what its HTML does by itself: it keeps the list of alerts live, opens alerts in place, and
// listens to keys. Without it all of the page works by links and forms.
"use strict";

const parse = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};

// An alert opens beside the list; its address is the browser's, so that it can be shared and gone back from.
const opening = () => {
  const list = document.getElementById("list");
  if (!list) return;
  const open = async (link, push) => {
    const found = (await parse(link)).getElementById("opened");
    const opened = document.getElementById("opened");
    if (!found || !opened) return void (location.href = link);
    opened.replaceWith(found);
    for (const row of list.children) row.classList.toggle("open", row.querySelector("h2 a")?.href === link);
    if (push) history.pushState(null, "", link);
  };
  list.addEventListener("click", (event) => {
    const link = event.target.closest("h2 a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.href, true);
  });
  addEventListener("popstate", () => location.reload());
  const step = (by) => {
    const rows = [...list.querySelectorAll("li > article")].map((each) => each.parentNode);
    const at = rows.findIndex((row) => row.classList.contains("open"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.querySelector("h2 a");
    if (next) { next.focus(); open(next.href, true); }
  };
  addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "o") document.querySelector("#opened p > a")?.click();
    else if (event.key === "/") { event.preventDefault(); document.querySelector(".filters input[type=search]")?.focus(); }
  });
};

// New alerts come to the top where the reader is there; further down a button says that they are there.
const live = () => {
  const list = document.getElementById("list"), news = document.getElementById("news");
  if (!list || !news || new URLSearchParams(location.search).has("before")) return;
  let asking = false, again = false;
  const look = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const page = await parse(location.href);
      document.getElementById("state").innerHTML = page.getElementById("state").innerHTML;
      merge([...page.querySelectorAll("#list > li[id]")]);
    } catch { /* the next change asks again */ }
    asking = false;
    if (again) { again = false; look(); }
  };
  let waiting = [];
  const show = () => {
    list.querySelector(".nothing")?.remove();
    for (const row of waiting.reverse()) { row.classList.add("fresh"); list.prepend(row); }
    waiting = [];
    news.hidden = true;
  };
  const merge = (rows) => {
    for (const row of rows) {
      const old = document.getElementById(row.id);
      const link = row.querySelector("h2 a");
      row.classList.toggle("open", old?.classList.contains("open") ?? false);
      if (old) { if (old.innerHTML !== row.innerHTML && !old.contains(document.activeElement)) old.replaceWith(row); }
      else if (!waiting.some((each) => each.id === row.id)) waiting.push(row);
      else if (link) waiting = waiting.map((each) => (each.id === row.id ? row : each));
    }
    if (!waiting.length) return;
    if (scrollY < 40) return show();
    news.hidden = false;
    news.firstElementChild.textContent = waiting.length === 1 ? "1 new alert" : `${waiting.length} new alerts`;
  };
  news.firstElementChild.addEventListener("click", () => { scrollTo(0, 0); show(); });
  new EventSource("/changes").addEventListener("changed", look);
};

opening();
live();

// A key presses what names it: the themes and buttons of an item that is labelled. What has the focus keeps its own keys.
const keys = () => {
  let left = false; // for another page: a second press would say the same of the next item
  addEventListener("pageshow", () => { left = false; });
  addEventListener("submit", () => { left = true; });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!pressed || (event.key === "Enter" && event.target.matches("a, button, summary"))) return;
    event.preventDefault();
    if (left || event.repeat) return;
    if (pressed.matches("a")) left = true;
    pressed.click();
  });
};

// Work that goes on is asked for again each second, as long as somebody can see it.
const following = () => {
  const look = async () => {
    const live = document.getElementById("live");
    if (!live?.dataset.running) return;
    if (!document.hidden) {
      try {
        const page = await parse(live.dataset.running);
        const now = page.getElementById("live");
        if (!now?.dataset.running) return void location.reload(); // it has ended: what came of it may look otherwise
        if (now.innerHTML !== live.innerHTML && !live.contains(document.activeElement)) live.innerHTML = now.innerHTML;
      } catch { /* asked again */ }
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
};

keys();
following();

// A form that takes its time says so, and is sent once.
addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (!form.dataset.busy || !button) return;
  setTimeout(() => { button.dataset.said = button.textContent; button.disabled = true; button.textContent = `${form.dataset.busy}…`; });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-said]")) { button.disabled = false; button.textContent = button.dataset.said; }
});

// A file that is dropped on the page goes the way of one that is chosen.
const dropping = () => {
  const form = document.querySelector("[data-drop] form"), input = form?.querySelector("input[type=file]");
  if (!input) return;
  const over = (on) => document.body.classList.toggle("dropping", on);
  addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); over(true); } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
  addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    over(false);
    input.files = event.dataTransfer.files;
    form.closest("details").open = true;
    form.requestSubmit(form.querySelector("button"));
  });
};
dropping();
