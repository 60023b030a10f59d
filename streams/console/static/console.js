// Keeps the part of a page that changes (#live) up to date, without losing what a person does there.
// All of it works without this file, by loading pages anew.

const live = document.getElementById("live");
const filter = document.getElementById("filter");
const offline = document.getElementById("offline");
const news = document.getElementById("news");
let shown = live?.innerHTML.trim();
let etag = "";
let asked = 0;

async function refresh() {
  const number = ++asked;
  let answer;
  try {
    answer = await fetch(live.dataset.from ?? location.href, { headers: { "X-Fragment": "1", "If-None-Match": etag }, cache: "no-store" });
  } catch {
    offline.hidden = false;
    return;
  }
  offline.hidden = answer.status < 500;
  if (answer.status === 401) location.reload();
  if (!answer.ok) return;
  const html = await answer.text();
  if (number !== asked) return; // A later request has overtaken this one.
  etag = answer.headers.get("ETag") ?? "";
  replace(html);
}

// Only what differs is put in: opened details, focus and the screen reader's place stay.
function replace(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const found = fresh.innerHTML.trim();
  if (found === shown) return;
  shown = found;
  const before = live.querySelector("[data-news]")?.dataset.news;
  const open = [...live.querySelectorAll("details[open]")].map((d) => d.id);
  const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
  live.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const after = live.querySelector("[data-news]");
  if (before !== undefined && after && after.dataset.news !== before) {
    news.textContent = after.id === "count" ? after.textContent.trim() : "The case has changed.";
  }
}

function narrow() {
  const query = new URLSearchParams(new FormData(filter));
  history.replaceState(null, "", `/?${query}`);
  etag = "";
  refresh();
}

// In the list of cases, arrows go from case to case.
function move(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...live.querySelectorAll("a.to-case")];
  const at = links.indexOf(document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  links[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}

if (live) {
  setInterval(() => document.hidden || refresh(), Number(live.dataset.refresh));
  live.addEventListener("keydown", move);
}
if (filter) {
  let typed;
  filter.addEventListener("submit", (event) => { event.preventDefault(); narrow(); });
  filter.addEventListener("change", narrow);
  filter.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(narrow, 250); });
}
