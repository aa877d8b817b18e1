// An article as its page will show it, in a frame that may run nothing and load nothing. A frame without rights cannot say how
// high it is, so a copy of its text, elements without any attribute, is laid out unseen beside it and measured.
const KNOWN = new Set(("a b blockquote br caption code dd del details dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i li ol p pre q " +
  "s small strong sub summary sup table tbody td tfoot th thead tr u ul").split(" "));

function copied(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.append(document.createTextNode(node.data));
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      const name = node.localName;
      const made = document.createElement(name === "img" ? "canvas" : KNOWN.has(name) ? name : "span");
      if (name === "img") {
        made.width = Number(node.getAttribute("width")) || 300;
        made.height = Number(node.getAttribute("height")) || 150;
      }
      copied(node, made);
      to.append(made);
    }
  }
}

export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector("iframe");
  const twin = parentElement.querySelector(".paper > .sheet");
  frame.title = data.title;
  if (data.fromTop && frame.dataset.shown !== data.fromTop) {
    frame.dataset.shown = data.fromTop;
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  }
  if (frame.srcdoc !== data.page) frame.srcdoc = data.page;
  twin.replaceChildren();
  copied(new DOMParser().parseFromString(data.page, "text/html").querySelector(".sheet"), twin);
  const fit = () => { frame.style.height = `${Math.ceil(twin.getBoundingClientRect().height) + 8}px`; };
  fit();
  const watcher = new ResizeObserver(fit);
  watcher.observe(twin);
  return () => watcher.disconnect();
}
