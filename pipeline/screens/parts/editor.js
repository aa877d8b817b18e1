// The Markdown editor: what is typed is sent 400 ms after the last key. Text is only ever put in by `value` and `textContent`.
const PAUSE_MS = 400;
// Typed, and not yet confirmed by the server: a click that leaves the page may overtake its own words. Lives as long as the tab.
const underway = (window.staffelstabUnderway ??= new Map());
const GAP = /\[\[[^\[\]\n]{0,400}\]\]/g;

export default function ({ data, parentElement, setStateValue }) {
  const find = (name) => parentElement.querySelector(name);
  const area = find("textarea");
  const label = find(".label");
  const words = data.words;

  const name = `${data.name} ${data.round}`;
  const overtaken = underway.get(name);
  if (overtaken === data.text) underway.delete(name);
  if (area.dataset.round !== String(data.round)) {
    area.dataset.round = String(data.round);
    area.dataset.sent = data.text;
    area.value = overtaken ?? data.text;
  }
  area.readOnly = data.locked;
  area.setAttribute("aria-label", words.label);
  label.textContent = words.label;
  label.onclick = () => area.focus();
  if (data.rows) area.style.height = `${data.rows * 1.6 + 2}rem`;
  area.placeholder = words.placeholder;
  area.lang = data.language;

  let waiting = 0;
  const send = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (area.value === area.dataset.sent) return;
    area.dataset.sent = area.value;
    underway.set(name, area.value);
    setStateValue("typed", { round: data.round, text: area.value });
  };
  area.oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(send, PAUSE_MS);
    showGaps();
    showCount();
  };
  area.onblur = send;
  if (area.value !== area.dataset.sent) waiting = setTimeout(send, PAUSE_MS);

  const select = (from, to) => {
    area.focus();
    area.setSelectionRange(from, to);
    const mirror = find(".mirror");
    mirror.style.width = `${area.clientWidth}px`;
    mirror.value = area.value.slice(0, from);
    area.scrollTop = Math.max(0, mirror.scrollHeight - area.clientHeight / 2);
  };
  const insert = (text) => {
    area.focus();
    // keeps the browser's own undo; the other way is for browsers without it
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  };
  const around = (before, after) => {
    const chosen = area.value.slice(area.selectionStart, area.selectionEnd) || words.here;
    insert(before + chosen + after);
    area.setSelectionRange(area.selectionEnd - after.length - chosen.length, area.selectionEnd - after.length);
  };
  const lines = (mark) => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    area.setSelectionRange(start, Math.max(area.selectionEnd, start));
    const chosen = area.value.slice(start, area.selectionEnd);
    insert(chosen.split("\n").map((line) => mark + line).join("\n"));
  };

  const button = (text, name, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.title = name;
    made.setAttribute("aria-label", name);
    made.onmousedown = (event) => event.preventDefault(); // the cursor stays in the text
    made.onclick = action;
    return made;
  };
  const marks = [
    ["F", words.bold, () => around("**", "**"), "bold"],
    ["K", words.italic, () => around("*", "*"), "italic"],
    ["H", words.heading, () => lines("## "), ""],
    ["•", words.list, () => lines("- "), ""],
    ["„“", words.quote, () => lines("> "), ""],
    ["↗", words.link, () => around("[", "](https://)"), ""],
  ];
  const tools = data.locked || !data.formats ? [] : marks.map(([text, name, action, css]) => {
    const made = button(css && data.language !== "de" ? { bold: "B", italic: "I" }[css] : text, name, action);
    made.className = css;
    return made;
  });
  const images = data.locked || !data.formats ? [] : data.images.map((image, index) =>
    button(`${words.image} ${index + 1}`, `${words.insert}: ${image.name}`, () => insert(`![${image.alt}](image:${index + 1})`)));
  find(".tools").replaceChildren(...tools, ...images);

  const showGaps = () => {
    const found = data.locked ? [] : [...area.value.matchAll(GAP)].slice(0, 30);
    find(".gaps").replaceChildren(...found.map((gap, index) => {
      const inside = gap[0].slice(2, -2).trim();
      const made = button(inside.length > 46 ? `${inside.slice(0, 45)}…` : inside || "…", `${words.gap} ${index + 1}: ${inside}`, () => select(gap.index, gap.index + gap[0].length));
      made.className = "gap";
      return made;
    }));
    find(".gaps-title").textContent = found.length ? `${words.gaps} (${found.length})` : "";
  };
  const showCount = () => {
    const length = [...area.value.trim()].length;
    find(".count").textContent = data.limit ? `${length} / ${data.limit}` : "";
    find(".count").classList.toggle("over", data.limit > 0 && length > data.limit);
  };
  showGaps();
  showCount();

  const stay = (event) => event.preventDefault();
  if (data.unsaved) window.addEventListener("beforeunload", stay);
  return () => {
    window.removeEventListener("beforeunload", stay);
    clearTimeout(waiting); // what is sent after the page has gone would disturb the next one
    if (area.value === data.text) underway.delete(name);
    else underway.set(name, area.value);
  };
}
