// What the page does beyond what its HTML does by itself: it keeps the list of alerts live, opens alerts in place, and
// listens to keys. Without it all of the page works by links and forms.
"use strict";

const parse = async (address, sent) => {
  const answer = await fetch(address, sent ? { method: "POST", body: sent } : { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) throw new Error(page.querySelector("[role=alert]")?.textContent || answer.statusText);
  return { page, at: answer.url };
};

const narrow = matchMedia("(max-width: 900px)");

// What is opened stands beside the list, and on a narrow screen in its row.
const placed = (found) => {
  const desk = document.querySelector(".desk"), row = desk?.querySelector("#list > li.open");
  const place = narrow.matches && row ? row : desk;
  if (found && desk && found.parentElement !== place) place.append(found);
};

// Takes the place of what is opened, with the focus on the same control where it was inside.
const replaced = (found) => {
  const old = document.getElementById("opened"), at = document.activeElement;
  const inside = old?.contains(at), key = inside && at.dataset.key;
  if (old) old.replaceWith(found); else document.querySelector(".desk").classList.remove("empty");
  placed(found);
  if (inside) (found.querySelector(`[data-key="${CSS.escape(key || "")}"]`) ?? found).focus({ preventScroll: true });
};

// A row opens beside the list; its address is the browser's, so that it can be shared and gone back from.
const opening = () => {
  const list = document.getElementById("list");
  if (!list) return;
  let latest = 0, at = location.pathname + location.search;
  const links = () => [...list.querySelectorAll("h2 a")];
  const open = async (address, push) => {
    const mine = ++latest, { pathname, search } = new URL(address, location);
    at = pathname + search;
    document.getElementById("opened")?.setAttribute("aria-busy", "true");
    let found;
    try { found = (await parse(address)).page.getElementById("opened"); } catch { /* the browser shows what is wrong */ }
    if (mine !== latest) return; // another was opened meanwhile
    if (!found) return void (location.href = address);
    for (const link of links()) {
      const row = link.closest("li"), here = row.id.slice(2) === found.dataset.of;
      row.classList.toggle("open", here);
      here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
    if (push) history.pushState(null, "", address);
    replaced(found);
  };
  list.addEventListener("click", (event) => {
    const link = event.target.closest("h2 a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.href, true);
  });
  addEventListener("popstate", () => {
    if (at !== location.pathname + location.search) open(location.href, false); // else only the place in the page is another
  });
  narrow.addEventListener("change", () => placed(document.getElementById("opened")));
  placed(document.getElementById("opened"));
  const step = (by) => {
    const all = links(), at = all.findIndex((link) => link.closest("li").classList.contains("open"));
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) { next.focus(); open(next.href, true); }
  };
  addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") { event.preventDefault(); document.querySelector(".filters input[type=search]")?.focus(); }
  });
};

// What is said of what is opened is sent without leaving the place, and the answer stands where the question stood.
const saying = () => {
  addEventListener("submit", async (event) => {
    const form = event.target, opened = form.closest("#opened");
    if (!opened || form.method !== "post") return;
    event.preventDefault();
    if (opened.ariaBusy) return;
    opened.ariaBusy = "true";
    try {
      const { page, at } = await parse(form.action, new URLSearchParams(new FormData(form, event.submitter)));
      const address = new URL(at);
      for (const name of ["said", "label"]) address.searchParams.delete(name);
      address.hash = "";
      history.replaceState(null, "", address);
      replaced(page.getElementById("opened"));
    } catch (error) {
      opened.ariaBusy = null;
      opened.querySelector(".done")?.remove();
      const told = document.createElement("p");
      told.className = "done bad";
      told.setAttribute("role", "alert");
      told.textContent = `This was not taken. ${error.message}`;
      form.closest(".acts, ul, form").before(told);
    }
  });
};

// New alerts come to the top where the reader is there and does nothing; otherwise a button says that they are there.
// Each look asks for the list as it is now, so nothing is lost or shown twice over a pause or a restart of the server.
const live = () => {
  const list = document.getElementById("list"), news = document.getElementById("news");
  if (!list || !news || new URLSearchParams(location.search).has("before")) return;
  const state = document.getElementById("state"), told = document.getElementById("told");
  let newest = null, shown = list.dataset.asOf, asOf = new Date(), busy = false, again = false, last = 0, timer;
  const rowsOf = (page) => [...page.querySelectorAll("#list > li[id]")];
  const look = () => {
    if (document.hidden || busy) { again = true; return; }
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(0, last + 1500 - Date.now()));
  };
  const ask = async () => {
    busy = true; again = false; last = Date.now();
    const address = new URL(location.href), opened = document.getElementById("opened");
    if (opened) address.searchParams.set("open", opened.dataset.of);
    try {
      newest = (await parse(address)).page;
      asOf = new Date();
      shown = newest.getElementById("list").dataset.asOf;
      const line = newest.getElementById("state").innerHTML;
      if (state.innerHTML !== line) state.innerHTML = line;
      take();
    } catch (error) {
      const dot = document.createElement("span"), words = document.createElement("strong");
      dot.className = "dot bad";
      words.append(dot, "Not connected.");
      state.replaceChildren(words, ` What is shown is as it was at ${asOf.toLocaleTimeString()}. Trying again. ${error instanceof TypeError ? "" : error.message}`);
      timer = setTimeout(ask, 5000);
    }
    busy = false;
    if (again) look();
  };
  const take = () => {
    for (const row of rowsOf(newest)) {
      const old = document.getElementById(row.id);
      for (const part of old ? [".when", ".over", "h2", ".under"] : []) {
        const was = old.querySelector(part), is = row.querySelector(part);
        if (was.innerHTML !== is.innerHTML && !was.contains(document.activeElement)) was.innerHTML = is.innerHTML;
      }
    }
    const opened = document.getElementById("opened"), found = newest.getElementById("opened");
    if (found && (!opened || opened.dataset.of === found.dataset.of) && !opened?.ariaBusy) refresh(opened, found);
    const come = rowsOf(newest).filter((row) => !document.getElementById(row.id));
    if (!come.length) { news.hidden = true; return; }
    const title = come[0].querySelector("h2").textContent;
    const count = come.length === 1 ? "1 new alert" : `${come.length} new alerts`;
    if (told.textContent !== `${count}: ${title}`) told.textContent = `${count}: ${title}`;
    if (scrollY < 40 && !list.matches(":hover, :focus-within")) return show();
    news.hidden = false;
    news.firstElementChild.textContent = count;
  };
  const refresh = (opened, found) => {
    const done = opened?.querySelector(".done");
    if (opened) found.className = opened.className;
    if (done && !found.querySelector(".done")) found.querySelector(".acts").before(done.cloneNode(true));
    if (opened?.innerHTML !== found.innerHTML) replaced(found);
  };
  const show = () => {
    const rows = rowsOf(newest);
    news.hidden = true;
    if (!rows.some((row) => document.getElementById(row.id))) { // more has come than a page holds
      list.replaceChildren(...rows);
      document.querySelector(".more")?.remove();
      const more = newest.querySelector(".more");
      if (more) list.closest("main").append(more);
      return;
    }
    let next = null;
    for (const row of rows.reverse()) {
      const old = document.getElementById(row.id);
      if (!old) { row.classList.remove("open"); row.classList.add("fresh"); list.insertBefore(row, next); }
      next = old ?? row;
    }
  };
  news.firstElementChild.addEventListener("click", () => { scrollTo(0, 0); show(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) look(); });
  addEventListener("pageshow", (event) => { if (event.persisted) look(); });
  addEventListener("online", look);
  following({ changed: (now) => { if (now !== shown) look(); }, unheard: look });
};

// Hears of what has changed, by name, with a number that is another one each time, and of not being heard (`unheard`).
// A connection that was refused, or fell silent while the machine slept, is made anew.
const following = ({ unheard, ...told }) => {
  let events, heard;
  const hears = (name, tell) => events.addEventListener(name, (event) => { heard = Date.now(); tell(event.data); });
  const listen = () => {
    events?.close();
    heard = Date.now();
    events = new EventSource("/changes");
    for (const [name, tell] of Object.entries({ beat() {}, ...told })) hears(name, tell);
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) heard = 0;
      unheard(); // which says that nobody answers, and asks until somebody does
    });
  };
  listen();
  setInterval(() => { if (Date.now() - heard > 40_000) listen(); }, 5000);
};

// What is not there yet is asked for again, until it is.
const retrying = () => {
  if (!document.querySelector("[data-retry]")) return;
  const again = () => fetch(location.href).then((answer) => (answer.status === 503 ? setTimeout(again, 3000) : location.reload()), () => setTimeout(again, 3000));
  setTimeout(again, 3000);
};

retrying();
opening();
saying();
live();

// A key presses what names it: the themes and buttons of an item that is labelled. What has the focus keeps its own keys.
const keys = () => {
  let left = false; // for another page: a second press would say the same of the next item
  addEventListener("pageshow", () => { left = false; });
  addEventListener("submit", (event) => { setTimeout(() => { left = !event.defaultPrevented; }); });
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

// How far work is that goes on is told by the server; what is shown of it is asked for at each step that one can see.
const workFollowed = () => {
  let busy = false, again = false;
  const look = async () => {
    const live = document.getElementById("live");
    again = busy || document.hidden;
    if (again) return;
    busy = true;
    const found = await parse(live.dataset.running).catch(() => null); // asked again when we are heard again
    busy = false;
    if (found) {
      const now = found.page.getElementById("live");
      if (!now?.dataset.running) return void location.reload(); // it has ended: what came of it may look otherwise
      if (now.innerHTML !== live.innerHTML && !live.contains(document.activeElement)) live.innerHTML = now.innerHTML;
    }
    if (again) look();
  };
  if (!document.getElementById("live")?.dataset.running) return;
  document.addEventListener("visibilitychange", () => { if (again) look(); });
  following({ work: look, unheard() {} });
};

keys();
workFollowed();

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

// What is to be taken elsewhere is copied by a button.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}

// Of the fields and words on channels only those of the chosen one are shown, and sent.
const choosing = () => {
  const kind = document.getElementById("f-kind");
  if (!kind) return;
  const show = () => {
    for (const part of document.querySelectorAll("[data-kinds]")) {
      part.hidden = !part.dataset.kinds.split(" ").includes(kind.value);
      for (const input of part.querySelectorAll("input")) input.disabled = part.hidden;
    }
  };
  kind.addEventListener("change", show);
  show();
};
choosing();
